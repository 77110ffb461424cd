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
  const verdict = answer.verdict ? `**${line(answer.verdict)}**\n\n` : "";
  const sources = answer.citations.map(
    (c) => `[${c.marker}] ${line(c.title)} (${line(c.source)}, characters ${c.start}–${c.end}): “${line(c.quote)}”`,
  );
  return `${verdict}${inert(answer.text)}${sources.length ? `\n\n${sources.map((source) => `- ${source}`).join("\n")}` : ""}`;
}

const line = (text) => inert(text.replace(/\s+/g, " ").trim());

/** What a Markdown reader would load or run, a picture or a tag, shows as the characters that it is. */
const inert = (text) => text.replace(/(?<=!)\[/g, "\\[").replace(/<(?=[a-z/!?])/gi, "&lt;");
