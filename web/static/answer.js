// An answer as the reader sees it: verdict, text with its numbered citations, the sources, what to ask next.

import { h } from "./dom.js";
import { preview } from "./preview.js";
import { linkTo } from "./reader.js";

const BLOCK = /\n{2,}/;
const BULLET = /^\s*[-*•]\s+/;
const NUMBER = /^\s*(\d{1,3})[.)]\s+/;
const INLINE = /\[(\d{1,2})\]|\*\*([^*\n]+)\*\*/g;

/** The parts of a whole answer, top to bottom. `open(citations, n)` opens the reader at citation n. */
export function answerParts(answer, open) {
  if (answer.kind === "refusal") return refusalParts(answer, open);
  return [
    answer.verdict
      ? h("p", { class: "verdict" }, h("span", { class: "hidden", text: "Verdict: " }), capital(answer.verdict))
      : null,
    h("div", { class: "said" }, prose(withoutVerdict(answer), answer.citations, open)),
    ...noticeParts(answer),
    answer.citations.length ? sources(answer, open) : null,
  ];
}

function refusalParts(answer, open) {
  const related = answer.related ?? [];
  const list = related.map((passage) =>
    h(
      "li",
      {},
      link(
        passage,
        () => open(related.map(numbered), related.indexOf(passage) + 1),
        h("span", { class: "source-title", text: passage.title }),
        passage.section ? h("span", { class: "source-section", text: passage.section }) : null,
        h("span", { class: "source-quote", text: passage.quote }),
      ),
    ),
  );
  return [
    h("p", { class: "refusal-label", text: "Not in the articles" }),
    h("div", { class: "said" }, prose(answer.text, [], open)),
    ...noticeParts(answer),
    related.length
      ? h(
          "section",
          { class: "sources", "aria-label": "Nearest passages" },
          h("h3", { text: "The nearest passages, which don’t answer it" }),
          h("ol", { class: "plain" }, list),
        )
      : null,
  ];
}

const numbered = (passage, index) => ({ ...passage, marker: index + 1 });

function noticeParts(answer) {
  return (answer.notices ?? []).map((notice) => h("p", { class: "notice", text: notice }));
}

/** The text as paragraphs and lists. Markers that number a citation become links; all else stays text. */
export function prose(text, citations, open) {
  const entries = (lines, mark) => lines.map((line) => h("li", {}, inline(line.replace(mark, ""), citations, open)));
  return text.split(BLOCK).flatMap((block) =>
    alike(block.split("\n").filter((line) => line.trim())).map(({ mark, lines }) => {
      if (mark === BULLET) return h("ul", {}, entries(lines, BULLET));
      if (mark === NUMBER) return h("ol", { start: NUMBER.exec(lines[0])[1] }, entries(lines, NUMBER));
      return h(
        "p",
        {},
        lines.flatMap((line, index) => [index ? h("br") : null, ...inline(line, citations, open)]),
      );
    }),
  );
}

/** Lines in runs of one kind: those of a list with bullets, of a numbered one, and others. */
function alike(lines) {
  const runs = [];
  for (const line of lines) {
    const mark = [BULLET, NUMBER].find((each) => each.test(line)) ?? null;
    if (runs.at(-1)?.mark === mark) runs.at(-1).lines.push(line);
    else runs.push({ mark, lines: [line] });
  }
  return runs;
}

function inline(text, citations, open) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    const before = text.slice(at, match.index);
    if (match[2] !== undefined) parts.push(before, h("strong", {}, inline(match[2], citations, open)));
    else parts.push(...attached(before, cite(Number(match[1]), citations, open) ?? match[0], parts.at(-1)));
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return parts;
}

/** A citation's number and the word before it, which no line break parts; `last` is what stands before both. */
function attached(before, mark, last) {
  if (!before.trim() && last?.className === "keep") {
    last.append(mark);
    return [];
  }
  const [, rest, word] = /^([^]*?)(\S{0,24}) ?$/.exec(before);
  return [rest, h("span", { class: "keep" }, word, mark)];
}

function cite(marker, citations, open) {
  const citation = citations.find((each) => each.marker === marker);
  if (!citation) return citations.length ? null : h("span", { class: "cite-pending", text: String(marker) });
  const mark = link(citation, () => open(citations, marker), String(marker));
  mark.className = "cite";
  mark.setAttribute("aria-label", `Citation ${marker}: ${citation.title}`);
  preview(mark, citation);
  return mark;
}

function link(citation, go, ...children) {
  const follow = (event) => {
    event.preventDefault();
    go();
  };
  return h("a", { href: linkTo(citation), on: { click: follow } }, ...children);
}

function sources(answer, open) {
  const list = answer.citations.map((citation) => {
    const quoted = words(answer.text).includes(words(citation.quote));
    const row = link(
      citation,
      () => open(answer.citations, citation.marker),
      h("span", { class: "source-title", text: citation.title }),
      citation.section ? h("span", { class: "source-section", text: citation.section }) : null,
      quoted ? null : h("q", { class: "source-quote", text: citation.quote }),
    );
    row.className = "source";
    preview(row, citation);
    return h(
      "li",
      { value: citation.marker },
      h("span", { class: "source-number", "aria-hidden": "true", text: citation.marker }),
      row,
      meter(citation),
    );
  });
  return h(
    "section",
    { class: "sources", "aria-label": "Sources" },
    h("h3", { text: list.length === 1 ? "Source" : "Sources" }),
    h("ol", {}, list),
  );
}

/** A text without markers, and without the bullets and numbers of a list. */
const words = (text) =>
  text
    .replace(/\[\d+\]/g, " ")
    .replace(/(^|\s)(?:\d+[.)]|[-*•])(?=\s)/g, " ")
    .replace(/\s+/g, " ")
    .trim();

/** How well a quote fits, as three bars and in words. */
export function meter(citation) {
  const words = citation.relevance ?? "";
  const filled = { "strong match": 3, "good match": 2, "partial match": 1 }[words] ?? 0;
  const bars = [1, 2, 3].map((n) => h("i", { class: n <= filled ? "on" : "" }));
  return h(
    "span",
    { class: "meter", title: `Fits the question to ${Math.round(citation.score * 100)} of 100` },
    h("span", { class: "bars", "aria-hidden": "true" }, bars),
    words,
  );
}

/** The text without the verdict it leads with: that stands above it, in large. */
function withoutVerdict({ text, verdict }) {
  const said = verdict && text.toLowerCase().startsWith(`${verdict.toLowerCase()}. `);
  return said ? text.slice(verdict.length + 2) : text;
}

const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
