// The article beside the chat: the whole text, opened at the exact sentence that a citation quotes.

import { call } from "./api.js";
import { announce, calm, h, iconButton, narrow } from "./dom.js";
import { Text } from "./text.js";

const MANY_BLOCKS = 300;
const TAGS = { b: "strong", i: "em", c: "code", p: "span" };
let opener = null;
let shown = null; // { article, text, citations, at }
let opened = 0; // how often: a reply that comes after another article was opened is too late

/** The address of a quote, for whoever opens it in a window of its own. */
export const linkTo = ({ article_id: id, start, end }) => `#/article/${encodeURIComponent(id)}/${start}-${end}`;

/** Opens what such an address names; one that names nothing opens nothing. */
export function openLinked(address) {
  const [, id, start, end] = /^([^/]+)(?:\/(\d+)-(\d+))?$/.exec(address) ?? [];
  try {
    const articleId = decodeURIComponent(id ?? "");
    const span = { article_id: articleId, marker: 1, start: Number(start), end: Number(end) };
    if (articleId) openReader(articleId, span.start < span.end ? [span] : [], 1);
  } catch (problem) {
    if (!(problem instanceof URIError)) throw problem;
  }
}

/** Opens an article; `citations` of this article are marked, and the one numbered `marker` is scrolled to. */
export async function openReader(articleId, citations = [], marker = 0) {
  const panel = document.getElementById("reader");
  if (panel.hidden) opener = document.activeElement;
  panel.hidden = false;
  document.getElementById("pushpull").classList.add("reading");
  guardBackground();
  const spans = citations.filter((c) => c.article_id === articleId);
  const ticket = ++opened;
  try {
    if (!holds(articleId, spans)) await fetchArticle(panel, articleId, ticket);
  } catch (problem) {
    if (ticket === opened) fail(panel, problem);
    return;
  }
  if (ticket !== opened) return;
  shown.citations = spans.map((citation) => place(citation, shown.text)).filter(Boolean);
  draw(panel, spans.length > shown.citations.length);
  go(
    Math.max(
      0,
      shown.citations.findIndex((c) => c.marker === marker),
    ),
    true,
  );
}

/** Whether the article that is shown is this one, as it was when these spans were quoted. */
const holds = (articleId, spans) =>
  shown?.article.article_id === articleId && spans.every((c) => shown.text.slice(c.start, c.end) === c.quote);

async function fetchArticle(panel, articleId, ticket) {
  panel.querySelector(".reader-body").replaceChildren(h("p", { class: "quiet", text: "Opening…" }));
  const article = await call("GET", `api/articles/${articleId.split("/").map(encodeURIComponent).join("/")}`);
  if (ticket === opened) shown = { article, text: new Text(article.text) };
}

function fail(panel, problem) {
  shown = null;
  panel.querySelector("h2").textContent = "Article";
  panel.querySelector(".reader-source").textContent = "";
  panel.querySelector(".reader-steps").hidden = true;
  panel.querySelector(".reader-body").replaceChildren(h("p", { class: "notice", text: problem.message }));
  panel.querySelector(".icon-button.close").focus();
}

export function closeReader() {
  const panel = document.getElementById("reader");
  if (panel.hidden) return false;
  opened += 1;
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
  const said = text.slice(citation.start, citation.end);
  if (said === (citation.quote ?? said)) return { ...citation, quote: said };
  const span = text.find(citation.quote);
  return span && { ...citation, ...span };
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
  const { article, text, citations } = shown;
  const write = (run, raw = false) => pieces(run, text, citations, raw);
  panel.querySelector("h2").textContent = article.title;
  panel.querySelector(".reader-source").textContent = article.source;
  const blocks = article.blocks.filter(
    (block, index) => !(index < 3 && block.kind === "heading" && plain(block, text) === article.title),
  );
  const note = changed
    ? h("p", {
        class: "notice",
        text: "The article has changed since this answer: a sentence it quoted is no longer in it.",
      })
    : null;
  const body = panel.querySelector(".reader-body");
  body.classList.toggle("many", blocks.length > MANY_BLOCKS);
  const parts = blocks.map((block) => blockElement(block, write));
  body.replaceChildren(h("div", { class: "reader-text" }, note, parts, about(article.metadata)));
}

const plain = (block, text) =>
  block.items
    .flat()
    .map(([start, end]) => text.slice(start, end))
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
function pieces([start, end, style, href], whole, citations, raw) {
  const cuts = new Set([start, end]);
  for (const c of citations) for (const cut of [c.start, c.end]) if (cut > start && cut < end) cuts.add(cut);
  const edges = [...cuts].sort((a, b) => a - b);
  return edges.slice(1).map((to, i) => {
    const from = edges[i];
    const said = whole.slice(from, to);
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
