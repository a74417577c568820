// What the job page and the tray share: asking for JSON, and saying time.
export async function ask(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

export function timeLeft(seconds, sentence) {
  if (seconds === null || seconds === undefined) return "";
  const minutes = Math.floor(seconds / 60);
  const time = minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
  return sentence.replace("{time}", time);
}
