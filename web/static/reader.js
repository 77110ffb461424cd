// The article beside the chat: the whole text, opened at the exact sentence that a citation quotes.

import { call } from "./api.js";
import { announce, calm, h, iconButton } from "./dom.js";

const narrow = matchMedia("(max-width: 60rem)");
const TAGS = { b: "strong", i: "em", c: "code", p: "span" };
let opener = null;
let shown = null; // { article, citations, at }

/** Opens an article; `citations` of this article are marked, and the one numbered `marker` is scrolled to. */
export async function openReader(articleId, citations = [], marker = 0) {
  const panel = document.getElementById("reader");
  if (panel.hidden) opener = document.activeElement;
  panel.hidden = false;
  document.getElementById("pushpull").classList.add("reading");
  guardBackground();
  const body = panel.querySelector(".reader-body");
  try {
    if (shown?.article.article_id !== articleId) {
      body.replaceChildren(h("p", { class: "quiet", text: "Opening…" }));
      shown = { article: await call("GET", `api/articles/${articleId.split("/").map(encodeURIComponent).join("/")}`) };
    }
  } catch (problem) {
    shown = null;
    panel.querySelector("h2").textContent = "Article";
    body.replaceChildren(h("p", { class: "notice", text: problem.message }));
    panel.querySelector(".icon-button.close").focus();
    return;
  }
  const spans = citations.filter((c) => c.article_id === articleId);
  shown.citations = spans.map((citation) => place(citation, shown.article.text)).filter(Boolean);
  draw(panel, spans.length > shown.citations.length);
  go(
    Math.max(
      0,
      shown.citations.findIndex((c) => c.marker === marker),
    ),
    true,
  );
}

export function closeReader() {
  const panel = document.getElementById("reader");
  if (panel.hidden) return false;
  panel.hidden = true;
  document.getElementById("pushpull").classList.remove("reading");
  guardBackground();
  opener?.isConnected && opener.focus();
  return true;
}

/** On a phone the reader covers the page: what lies under it takes no part. */
function guardBackground() {
  const covered = narrow.matches && !document.getElementById("reader").hidden;
  for (const part of document.querySelectorAll("#side, #main")) part.inert = covered;
}
narrow.addEventListener("change", guardBackground);

/** Where a quote stands in the text as it is now; null where the article no longer has it. */
function place(citation, text) {
  const chars = Array.from(text);
  if (chars.slice(citation.start, citation.end).join("") === citation.quote) return citation;
  const at = text.indexOf(citation.quote);
  if (at < 0) return null;
  const start = Array.from(text.slice(0, at)).length;
  return { ...citation, start, end: start + Array.from(citation.quote).length };
}

export function buildReader() {
  return h(
    "section",
    { id: "reader", class: "reader", "aria-label": "Article", hidden: true },
    h(
      "header",
      { class: "reader-head" },
      h("div", { class: "reader-title" }, h("h2", { tabindex: "-1" }), h("p", { class: "reader-source" })),
      h(
        "div",
        { class: "reader-steps" },
        iconButton("previous", "Previous quote", () => go(shown.at - 1)),
        h("span", { class: "reader-count" }),
        iconButton("next", "Next quote", () => go(shown.at + 1)),
      ),
      iconButton("close", "Close the article", closeReader, { class: "icon-button close" }),
    ),
    h("div", { class: "reader-body", tabindex: "0", role: "document", "aria-label": "Text of the article" }),
  );
}

function draw(panel, changed) {
  const { article, citations } = shown;
  const chars = Array.from(article.text);
  const write = (run, raw = false) => pieces(run, chars, citations, raw);
  panel.querySelector("h2").textContent = article.title;
  panel.querySelector(".reader-source").textContent = article.source;
  const blocks = article.blocks.filter(
    (block, index) => !(index < 3 && block.kind === "heading" && plain(block, chars) === article.title),
  );
  const note = changed
    ? h("p", {
        class: "notice",
        text: "The article has changed since this answer: a sentence it quoted is no longer in it.",
      })
    : null;
  panel
    .querySelector(".reader-body")
    .replaceChildren(
      ...[note, ...blocks.map((block) => blockElement(block, write)), about(article.metadata)].filter(Boolean),
    );
}

const plain = (block, chars) =>
  block.items
    .flat()
    .map(([start, end]) => chars.slice(start, end).join(""))
    .join("");

function blockElement(block, write) {
  const items = () => block.items.map((runs) => runs.flatMap((run) => write(run)));
  switch (block.kind) {
    case "heading":
    case "question":
      return h(`h${Math.min(6, Math.max(3, block.level + 1))}`, {}, items().flat());
    case "list":
      return h(
        block.ordered ? "ol" : "ul",
        {},
        items().map((parts) => h("li", {}, parts)),
      );
    case "table":
      return h(
        "div",
        { class: "table", tabindex: "0", role: "group", "aria-label": "Table" },
        h(
          "table",
          {},
          h(
            "tbody",
            {},
            block.rows.map((row, index) =>
              h(
                "tr",
                {},
                row.map((cell) =>
                  h(
                    index ? "td" : "th",
                    index ? {} : { scope: "col" },
                    cell.flatMap((run) => write(run)),
                  ),
                ),
              ),
            ),
          ),
        ),
      );
    case "quote":
      return h("blockquote", {}, items().flat());
    case "code":
      return h(
        "pre",
        { tabindex: "0" },
        block.items.flatMap((runs, index) => [index ? "\n" : null, ...runs.flatMap((run) => write(run, true))]),
      );
    case "furniture":
      return h("p", { class: "quiet" }, items().flat());
    default:
      return h("p", {}, items().flat());
  }
}

function about(metadata) {
  const parts = Object.entries(metadata)
    .filter(([name]) => name !== "title")
    .map(([name, value]) => `${name}: ${value}`);
  return parts.length ? h("p", { class: "quiet about", text: parts.join(" · ") }) : null;
}

/** A run as text, cut where a quote begins or ends; the part inside a quote is marked with its number. */
function pieces([start, end, style, href], chars, citations, raw) {
  const cuts = new Set([start, end]);
  for (const c of citations) for (const cut of [c.start, c.end]) if (cut > start && cut < end) cuts.add(cut);
  const edges = [...cuts].sort((a, b) => a - b);
  return edges.slice(1).map((to, i) => {
    const from = edges[i];
    const said = chars.slice(from, to).join("");
    const text = style === "gap" ? " " : raw ? said : said.replace(/\s+/g, " ");
    const styled = dressed(text, style === "gap" ? "" : style, href);
    const owner = citations.find((c) => c.start < to && from < c.end);
    return owner ? marked(owner, styled, from === owner.start) : styled;
  });
}

function dressed(text, style, href) {
  let node = document.createTextNode(text);
  for (const letter of style) node = h(TAGS[letter], letter === "p" ? { class: "picture" } : {}, node);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, node) : node;
}

function marked(citation, node, first) {
  const number = first ? h("sup", { class: "mark-number", "aria-hidden": "true", text: citation.marker }) : null;
  return h("mark", { data: { marker: citation.marker } }, number, node);
}

/** Scrolls to the quote at `index`, and shows it as the present one. */
function go(index, focus = false) {
  const panel = document.getElementById("reader");
  const { citations } = shown;
  panel.querySelector(".reader-steps").hidden = citations.length < 2;
  if (!citations.length) {
    panel.querySelector(".reader-body").scrollTop = 0;
    if (focus) panel.querySelector("h2").focus();
    return;
  }
  shown.at = (index + citations.length) % citations.length;
  panel.querySelector(".reader-count").textContent = `${shown.at + 1} of ${citations.length}`;
  const { marker, section } = citations[shown.at];
  panel.querySelector(".reader-source").textContent = [shown.article.source, section].filter(Boolean).join(" › ");
  for (const mark of panel.querySelectorAll("mark"))
    mark.classList.toggle("now", mark.dataset.marker === String(marker));
  const target = panel.querySelector("mark.now");
  target?.scrollIntoView({ block: "center", behavior: calm() || focus ? "auto" : "smooth" });
  announce(`Quote ${shown.at + 1} of ${citations.length}: ${citations[shown.at].quote}`);
  if (focus) panel.querySelector(".reader-body").focus({ preventScroll: true });
}
