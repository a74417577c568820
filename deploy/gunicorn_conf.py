"""gunicorn: threads, because images and ratings wait for disk and database."""

import os

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "1"))
threads = int(os.environ.get("WEB_THREADS", "8"))
reuse_port = True
timeout = 60  # seconds
graceful_timeout = 20  # seconds
max_requests = 10_000
max_requests_jitter = 1_000
accesslog = None  # fundus_study.requests logs each request with its id
loglevel = "warning"
