// The library: what articles there are, what they say, and, where the server allows it, putting in and taking out.

import { call } from "./api.js";
import { confirmed, h, icon, iconButton, toast } from "./dom.js";
import { openReader } from "./reader.js";

const STATES = { added: "new", changed: "changed", renamed: "renamed", unchanged: "indexed", failed: "not read" };
const POLL_MS = 700;
const AT_ONCE = 200;
const KINDS = { ".md": "Markdown", ".txt": "text", ".html": "HTML", ".pdf": "PDF", ".docx": "Word", ".epub": "EPUB" };

/** A text with the words that were searched for set off. */
function emphasised(text, words) {
  const stems = words
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 2)
    .map((word) => word.slice(0, Math.max(3, word.length - 2)));
  if (!stems.length) return [text];
  const parts = text.split(new RegExp(`(?<![\\p{L}\\p{N}])((?:${stems.join("|")})[\\p{L}\\p{N}]*)`, "giu"));
  return parts.map((part, index) => (index % 2 ? h("strong", { text: part }) : part));
}

export class Library {
  constructor() {
    this.shelf = null;
    this.search = h("input", {
      type: "search",
      id: "library-search",
      placeholder: "Search the articles",
      autocomplete: "off",
      "aria-label": "Search the articles",
    });
    this.search.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.find(), 200);
    });
    this.list = h("div", { class: "shelf", "aria-live": "polite" });
    this.job = h("div", { class: "job", role: "status" });
    this.adding = h("div", {});
    this.element = h(
      "section",
      { class: "view", id: "library", "aria-labelledby": "library-title" },
      h("h1", { id: "library-title", tabindex: "-1", text: "Library" }),
      h("p", { class: "lead" }),
      h("div", { class: "search" }, icon("search"), this.search),
      this.adding,
      this.job,
      this.list,
    );
  }

  async show() {
    try {
      this.shelf = await call("GET", "api/library");
    } catch (problem) {
      this.list.replaceChildren(h("p", { class: "notice", text: problem.message }));
      return;
    }
    const { articles, passages } = this.shelf;
    const good = articles.filter((article) => article.state !== "failed").length;
    this.element.querySelector(".lead").textContent =
      `${good} ${good === 1 ? "article" : "articles"} in ${passages.toLocaleString("en")} ${passages === 1 ? "passage" : "passages"}.`;
    this.adding.replaceChildren(...(this.shelf.editable ? [this.dropZone()] : []));
    this.drawJob();
    if (!this.search.value.trim()) this.drawArticles();
    if (this.shelf.job.running) setTimeout(() => this.element.isConnected && this.show(), POLL_MS);
  }

  drawJob() {
    const { running, done, total, note } = this.shelf.job;
    if (running) {
      const bar = h(
        "progress",
        total ? { max: String(total), value: String(done), "aria-label": "Indexing" } : { "aria-label": "Indexing" },
      );
      this.job.replaceChildren(
        h("p", {
          text: total
            ? `Reading the articles: ${done} of ${total}. The chat goes on meanwhile.`
            : "Reading the articles. The chat goes on meanwhile.",
        }),
        bar,
      );
    } else this.job.replaceChildren(...(note ? [h("p", { class: "quiet", text: note })] : []));
  }

  drawArticles(count = AT_ONCE) {
    const { articles } = this.shelf;
    const more = articles.length - count;
    this.list.replaceChildren(
      h(
        "ul",
        { class: "articles" },
        articles.slice(0, count).map((article) => this.row(article)),
      ),
      more > 0
        ? h("button", {
            type: "button",
            class: "show-more",
            text: `Show more: ${more.toLocaleString("en")} not shown`,
            on: { click: () => this.drawArticles(count + AT_ONCE) },
          })
        : "",
    );
  }

  row(article) {
    const failed = article.state === "failed";
    const open = h("button", {
      type: "button",
      class: "article-name",
      text: article.title || article.source,
      disabled: failed,
      on: { click: () => openReader(article.article_id) },
    });
    const detail = failed
      ? article.detail
      : `${article.source} · ${article.passages} ${article.passages === 1 ? "passage" : "passages"}`;
    const remove = this.shelf.editable
      ? iconButton("trash", `Remove ${article.title || article.source}`, () => this.remove(article))
      : null;
    return h(
      "li",
      { class: failed ? "failed" : "" },
      h("div", {}, open, h("p", { class: "quiet", text: detail })),
      h("span", { class: `state ${article.state}`, text: STATES[article.state] ?? article.state }),
      remove,
    );
  }

  async find() {
    const words = this.search.value.trim();
    if (!words) {
      this.drawArticles();
      return;
    }
    const { found } = await call("GET", `api/search?words=${encodeURIComponent(words)}`).catch((problem) => ({
      found: [],
      problem: toast(problem.message),
    }));
    if (this.search.value.trim() !== words) return;
    const hits = found.map((hit) =>
      h(
        "li",
        {},
        h(
          "div",
          {},
          h("button", {
            type: "button",
            class: "article-name",
            text: hit.title,
            on: { click: () => openReader(hit.article_id, [{ ...hit, marker: 1 }], 1) },
          }),
          hit.section ? h("p", { class: "quiet", text: hit.section }) : null,
          h("p", { class: "hit" }, emphasised(hit.quote, words)),
        ),
      ),
    );
    this.list.replaceChildren(
      hits.length
        ? h("ul", { class: "articles" }, hits)
        : h("p", { class: "notice", text: "No article has these words." }),
    );
  }

  dropZone() {
    const kinds = Object.entries(KINDS)
      .filter(([kind]) => this.shelf.kinds.includes(kind))
      .map(([, name]) => name)
      .join(", ");
    const field = h("input", {
      type: "file",
      id: "library-files",
      multiple: true,
      accept: this.shelf.kinds.join(","),
      class: "hidden-field",
    });
    field.addEventListener("change", () => this.add([...field.files]));
    const zone = h(
      "label",
      { class: "drop", for: "library-files" },
      icon("file"),
      h("span", {}, h("strong", { text: "Add articles" }), ` Drop files here, or choose them. ${kinds}.`),
      field,
    );
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      this.add([...event.dataTransfer.files]);
    });
    return zone;
  }

  async add(files) {
    for (const file of files) {
      const known = this.shelf.articles.some((article) => article.source === file.name);
      if (known && !(await confirmed(`Replace “${file.name}”?`, "The library has a file of this name.", "Replace")))
        continue;
      try {
        await call("PUT", `api/articles/${encodeURIComponent(file.name)}`, new Blob([file]));
        toast(`${file.name} is added`);
      } catch (problem) {
        toast(`${file.name}: ${problem.message}`);
      }
    }
    this.show();
  }

  async remove(article) {
    const name = article.title || article.source;
    if (
      !(await confirmed(
        `Remove “${name}”?`,
        `${article.source} leaves the library and answers no more. A copy is kept beside the index.`,
        "Remove",
      ))
    )
      return;
    try {
      await call("DELETE", `api/articles/${article.source.split("/").map(encodeURIComponent).join("/")}`);
      toast(`${name} is removed`);
    } catch (problem) {
      toast(problem.message);
    }
    this.show();
  }
}
