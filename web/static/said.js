// What was said before, as much of it as the server takes.

const TURNS = 12;
const CHARS = 60_000;
const QUESTION_CHARS = 4000;

/** The most characters of an answer that the server takes back. */
export const ANSWER_CHARS = 8000;

export const cut = (text, most) => (text.length > most ? [...text].slice(0, most).join("") : text);

/** The last answered turns, oldest first. */
export function said(turns) {
  const kept = [];
  let left = CHARS;
  const answered = turns.filter((turn) => turn.answer).slice(-TURNS);
  for (const turn of answered.reverse()) {
    const question = cut(turn.question, QUESTION_CHARS);
    const answer = cut(turn.answer.text, ANSWER_CHARS);
    left -= question.length + answer.length;
    if (left < 0) break;
    kept.unshift({ question, answer });
  }
  return kept;
}
