// The library: what articles there are, what they say, and, where the server allows it, putting in and taking out.

import { call } from "./api.js";
import { confirmed, h, icon, iconButton, toast, whenChanged } from "./dom.js";
import { openReader } from "./reader.js";

const STATES = { added: "new", changed: "changed", renamed: "renamed", unchanged: "indexed", failed: "not read" };
const POLL_MS = 700;
const LIMITED_MS = 2000;
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
    this.refused = h("ul", { class: "refused", role: "alert" });
    this.element = h(
      "section",
      { class: "view", id: "library", "aria-labelledby": "library-title" },
      h("h1", { id: "library-title", tabindex: "-1", text: "Library" }),
      h("p", { class: "lead" }),
      h("div", { class: "search" }, icon("search"), this.search),
      this.adding,
      this.refused,
      this.job,
      this.list,
    );
    this.takeDrops();
  }

  async show() {
    try {
      this.shelf = await call("GET", "api/library");
    } catch (problem) {
      const notice = h("p", { class: "notice", text: problem.message });
      whenChanged(this.list, problem.message, () => this.list.replaceChildren(notice));
      if (problem.code === "busy") this.again();
      return;
    }
    const { articles, passages } = this.shelf;
    const good = articles.filter((article) => article.state !== "failed").length;
    this.element.querySelector(".lead").textContent =
      `${good} ${good === 1 ? "article" : "articles"} in ${passages.toLocaleString("en")} ${passages === 1 ? "passage" : "passages"}.`;
    whenChanged(this.adding, [this.shelf.editable, this.shelf.kinds], () =>
      this.adding.replaceChildren(...(this.shelf.editable ? [this.dropZone()] : [])),
    );
    this.drawJob();
    if (this.search.value.trim()) this.find();
    else whenChanged(this.list, articles, () => this.drawArticles());
    if (this.shelf.job.running) this.again();
  }

  /** Looks again in a moment, while the library is what is seen. */
  again() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.element.isConnected && this.show(), POLL_MS);
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
    if (!this.shelf) return;
    if (!words) {
      whenChanged(this.list, this.shelf.articles, () => this.drawArticles());
      return;
    }
    const { found } = await call("GET", `api/search?words=${encodeURIComponent(words)}`).catch((problem) => ({
      found: [],
      problem: toast(problem.message),
    }));
    if (this.search.value.trim() !== words) return;
    whenChanged(this.list, [words, found], () => this.drawHits(found, words));
  }

  drawHits(found, words) {
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
          hit.section ? h("p", { class: "quiet" }, emphasised(hit.section, words)) : null,
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
    field.addEventListener("change", async () => {
      await this.add([...field.files]);
      field.value = ""; // so that the same file can be chosen again
    });
    return h(
      "label",
      { class: "drop", for: "library-files" },
      icon("file"),
      h("span", {}, h("strong", { text: "Add articles" }), ` Drop files here, or choose them. ${kinds}.`),
      field,
    );
  }

  /** Files may be dropped anywhere in the library; what is dropped never takes the page's place. */
  takeDrops() {
    const over = (flag) => (event) => {
      event.preventDefault();
      this.adding.firstElementChild?.classList.toggle("over", flag);
    };
    this.element.addEventListener("dragover", over(true));
    this.element.addEventListener("dragleave", over(false));
    this.element.addEventListener("drop", (event) => {
      over(false)(event);
      if (this.shelf?.editable) this.add([...event.dataTransfer.files]);
    });
  }

  /** Adds files; those that cannot be taken are listed with the reason until others are added. */
  async add(files) {
    this.refused.replaceChildren();
    let added = 0;
    for (const [index, file] of files.entries()) {
      const step = `Adding ${index + 1} of ${files.length}: ${file.name}`;
      if (files.length > 1) this.job.replaceChildren(h("p", { text: step }));
      try {
        if (await this.addOne(file)) added += 1;
      } catch (problem) {
        this.refused.append(h("li", { text: problem.message }));
      }
    }
    if (added) toast(added === 1 ? "Added" : `${added} files added`);
    this.show();
  }

  async addOne(file) {
    const { articles, max_bytes: most } = this.shelf;
    if (file.size > most) throw new Error(`${file.name}: the file is larger than ${most.toLocaleString("en")} bytes`);
    const known = articles.some((article) => article.source === file.name);
    const note = "The library has a file of this name. A copy of it is kept beside the index.";
    if (known && !(await confirmed(`Replace “${file.name}”?`, note, "Replace"))) return false;
    const data = await file.arrayBuffer().catch(() => {
      throw new Error(`${file.name}: it cannot be read; a folder cannot be added, only files`);
    });
    for (;;) {
      try {
        await call("PUT", `api/articles/${encodeURIComponent(file.name)}`, new Blob([data]));
        return true;
      } catch (problem) {
        if (problem.code !== "limit") throw problem;
        await new Promise((resolve) => setTimeout(resolve, LIMITED_MS));
      }
    }
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
