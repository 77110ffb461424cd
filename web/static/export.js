// A conversation as Markdown, with its citations as footnotes.

/** The whole conversation. */
export function toMarkdown(chat) {
  const parts = [`# ${line(chat.title) || "Conversation"}`];
  for (const turn of chat.turns) {
    parts.push(`## ${line(turn.question)}`);
    if (turn.answer) parts.push(answerToMarkdown(turn.answer));
  }
  return `${parts.join("\n\n")}\n`;
}

/** One answer, followed by its sources. */
export function answerToMarkdown(answer) {
  const verdict = answer.verdict ? `**${answer.verdict}**\n\n` : "";
  const sources = answer.citations.map(
    (c) => `[${c.marker}] ${line(c.title)} (${c.source}, characters ${c.start}–${c.end}): “${line(c.quote)}”`,
  );
  return `${verdict}${answer.text}${sources.length ? `\n\n${sources.map((source) => `- ${source}`).join("\n")}` : ""}`;
}

const line = (text) => text.replace(/\s+/g, " ").trim();
