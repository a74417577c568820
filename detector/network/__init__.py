"""Pure detector networks: no Django here. Images as in ``forgery.imaging``."""
