// Builds the page into Gradio's column, and keeps its parts together: views, conversations, keys, the server's state.

import { accuracyView, themeReport } from "./accuracy.js";
import { call } from "./api.js";
import { Composer } from "./composer.js";
import { confirmed, h, icon, iconButton, offers, prompted, saveFile, toast, whenChanged } from "./dom.js";
import { toMarkdown } from "./export.js";
import { Library } from "./library.js";
import { hidePreview } from "./preview.js";
import { buildReader, closeReader, openLinked } from "./reader.js";
import { Sidebar } from "./sidebar.js";
import * as store from "./store.js";
import { Thread } from "./thread.js";

const WARMING_MS = 600;
const LOST_MS = 4000;

class Page {
  constructor(host) {
    this.host = host;
    this.state = { phase: "warming", articles: 0, starters: [], done: 0, total: 0 };
    this.view = "chat";
    this.chat = store.fresh();
    this.thread = new Thread(this);
    this.side = new Sidebar(this);
    this.composer = new Composer(this);
    this.library = new Library();
    this.build();
    this.keys();
    addEventListener("hashchange", () => {
      this.route();
      if (this.view !== "chat") this.body.querySelector("h1").focus();
    });
    store.watch((id) => this.elsewhere(id));
    this.route();
    this.poll();
  }

  build() {
    this.host.closest("main")?.setAttribute("role", "presentation");
    this.title = h("h1", { class: "chat-title", id: "chat-title" });
    const tool = (picture, words, run) =>
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": words,
          title: words,
          on: {
            click: () => {
              this.more(false);
              run();
            },
          },
        },
        icon(picture),
        h("span", { class: "word", text: words }),
      );
    this.tools = h(
      "div",
      { class: "tools", id: "tools", role: "group", "aria-label": "This conversation" },
      tool("edit", "Rename the conversation", () => this.rename()),
      tool("download", "Export as Markdown", () => this.export()),
      tool("clear", "Clear the conversation", () => this.clear()),
      tool("trash", "Delete the conversation", () => this.remove()),
    );
    this.moreButton = iconButton("more", "More", () => this.more(), {
      class: "icon-button more",
      "aria-expanded": "false",
      "aria-controls": "tools",
    });
    this.status = h("div", { class: "status", role: "status" });
    this.empty = h("div", { class: "empty" });
    this.scroller = h("div", { class: "scroller", tabindex: "-1" }, this.empty, this.thread.list);
    this.talk = h(
      "section",
      { class: "talk", "aria-labelledby": "chat-title" },
      this.scroller,
      h("div", { class: "foot" }, this.status, this.composer.element),
    );
    this.body = h("div", { class: "body" });
    const bar = h(
      "header",
      { class: "bar" },
      iconButton("menu", "Menu", () => this.side.toggle(true), { class: "icon-button menu-button" }),
      this.title,
      this.moreButton,
      this.tools,
      iconButton("plus", "New conversation", () => this.start(), { class: "icon-button bar-new" }),
    );
    this.bar = bar;
    this.host.append(
      h("a", { class: "skip", href: "#main", text: "Skip to the content", on: { click: (event) => this.skip(event) } }),
      this.side.element,
      h("div", { class: "veil", on: { click: () => this.side.toggle(false) } }),
      h("main", { id: "main" }, bar, this.body),
      buildReader(),
      h("div", { id: "live", class: "hidden", role: "log", "aria-live": "polite" }),
      h("div", { id: "toast", class: "toast", "aria-hidden": "true" }),
    );
  }

  // What the parts ask of the page.
  model() {
    return this.composer.model;
  }
  busy() {
    return this.thread.busy;
  }
  stop() {
    this.thread.stop();
  }
  asked() {
    return this.chat.turns.map((turn) => turn.question).reverse();
  }
  asking(flag) {
    this.composer.asking(flag);
    this.draw();
    if (!flag) this.loadModels();
  }

  changed() {
    this.draw();
  }
  themed() {
    themeReport();
  }

  /** Another tab changed a conversation. */
  elsewhere(id) {
    const stored = store.find(id);
    if (stored && id === this.chat.id) this.thread.take(stored);
    this.draw();
  }

  async ask(text) {
    if (this.view !== "chat") this.go("chat");
    const asking = this.thread.ask(text);
    if (this.chat.turns.length === 1) history.replaceState(null, "", `#/chat/${this.chat.id}`);
    await asking;
  }

  // Views: #/library, #/accuracy, #/article/ID, #/chat/ID; everything else is a new conversation.
  route() {
    const [, name, rest] = /^#\/([a-z]+)\/?(.*)$/.exec(location.hash) ?? [null, "", ""];
    hidePreview();
    if (name === "article") openLinked(rest);
    this.view = ["library", "accuracy"].includes(name) ? name : "chat";
    const other = name === "chat" ? rest !== this.chat.id : !name && this.chat.turns.length > 0;
    if (other) {
      this.stop();
      this.chat = store.find(rest) ?? store.fresh();
    }
    if (this.view === "library") {
      this.body.replaceChildren(this.library.element);
      this.library.show();
    } else if (this.view === "accuracy") this.body.replaceChildren(accuracyView());
    else {
      this.body.replaceChildren(this.talk);
      this.thread.draw();
      this.thread.list.lastElementChild?.scrollIntoView();
      this.composer.grow();
    }
    this.side.close();
    this.draw();
  }

  go(view) {
    const hash = view !== "chat" ? `#/${view}` : this.chat.turns.length ? `#/chat/${this.chat.id}` : "#/";
    if (location.hash !== hash) history.pushState(null, "", hash);
    this.route();
  }

  skip(event) {
    event.preventDefault();
    if (this.view === "chat") this.composer.field.focus();
    else this.body.querySelector("h1").focus();
  }

  /** On a phone the tools of a conversation fold away. */
  more(open = !this.tools.classList.contains("open")) {
    this.tools.classList.toggle("open", open);
    this.moreButton.setAttribute("aria-expanded", String(open));
  }

  start() {
    this.stop();
    this.show(store.fresh());
    this.composer.field.focus();
  }

  show(chat) {
    this.stop();
    closeReader();
    this.chat = chat;
    this.go("chat");
  }

  draw() {
    const talking = this.view === "chat";
    const begun = talking && this.chat.turns.length > 0;
    this.title.textContent = talking ? this.chat.title || "New conversation" : "";
    this.title.hidden = !talking;
    document.title = begun ? `${this.chat.title} · Pushpull` : "Pushpull";
    this.bar.classList.toggle("begun", begun);
    this.tools.hidden = this.moreButton.hidden = !begun;
    this.empty.hidden = begun;
    const { phase, articles, starters } = this.state;
    if (talking && !begun) whenChanged(this.empty, [phase, articles, starters], () => this.drawEmpty());
    this.drawStatus();
    this.side.draw();
  }

  drawEmpty() {
    const { phase, articles, starters } = this.state;
    const lead =
      phase === "ready"
        ? `${articles} ${articles === 1 ? "article" : "articles"}. Every answer quotes them word for word, and opens them at the sentence.`
        : "Every answer quotes the articles word for word, and opens them at the sentence.";
    this.empty.replaceChildren(
      ...[
        h("p", { class: "display", text: "Ask the articles." }),
        h("p", { class: "lead", text: lead }),
        starters.length ? h("h2", { class: "small", text: "Questions they answer" }) : null,
        starters.length ? offers(starters, (text) => this.ask(text)) : null,
      ].filter(Boolean),
    );
  }

  drawStatus() {
    const { phase, note, done, total, lost } = this.state;
    const parts = [];
    if (lost) parts.push(h("p", { class: "problem", text: "The server does not answer. Trying again…" }));
    else if (phase === "failed") parts.push(h("p", { class: "problem", text: note }));
    else if (phase === "warming") {
      parts.push(
        h("p", {
          text: total
            ? `Reading the articles: ${done} of ${total}. You can ask already.`
            : "Warming up. You can ask already.",
        }),
      );
      parts.push(
        h(
          "progress",
          total
            ? { max: String(total), value: String(done), "aria-label": "Reading the articles" }
            : { "aria-label": "Warming up" },
        ),
      );
    }
    const said = parts.map((part) => part.textContent).join();
    if (said !== this.said || total) this.status.replaceChildren(...parts);
    this.said = said;
  }

  async poll() {
    let wait = 0;
    try {
      const warm = this.state.phase === "ready";
      this.state = await call("GET", "api/state");
      wait = this.state.phase === "ready" ? 0 : WARMING_MS;
      if (!warm && this.state.phase === "ready") this.loadModels();
    } catch {
      this.state = { ...this.state, lost: true };
      wait = LOST_MS;
    }
    this.draw();
    if (wait) setTimeout(() => this.poll(), wait);
  }

  async loadModels() {
    const { models } = await call("GET", "api/models").catch(() => ({ models: [] }));
    this.composer.setModels(models);
  }

  async rename() {
    const title = await prompted("Rename the conversation", "Name", this.chat.title, "Rename");
    if (!title) return;
    this.chat.title = title;
    store.save(this.chat);
    this.draw();
  }

  export() {
    const name =
      this.chat.title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, "-")
        .replace(/^-+|-+$/g, "")
        .slice(0, 60) || "conversation";
    saveFile(`${name}.md`, toMarkdown(this.chat), "text/markdown");
  }

  async clear() {
    if (!(await confirmed("Clear this conversation?", "Its questions and answers go; its name stays.", "Clear")))
      return;
    this.stop();
    this.chat.turns = [];
    store.save(this.chat);
    this.route();
    this.composer.field.focus();
  }

  async remove() {
    if (!(await confirmed("Delete this conversation?", `“${this.chat.title}” is kept nowhere else.`, "Delete"))) return;
    store.remove(this.chat.id);
    this.chat.turns = [];
    this.start();
    toast("Deleted");
  }

  keys() {
    addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, dialog");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        if (this.view === "library") this.library.search.focus();
        else this.composer.field.focus();
      }
      if (event.key === "Escape" && !event.target.closest?.("dialog")) this.escape();
    });
  }

  escape() {
    hidePreview();
    if (this.tools.classList.contains("open")) {
      this.more(false);
      this.moreButton.focus();
    } else if (this.side.open) this.side.toggle(false);
    else if (this.busy()) this.stop();
    else closeReader();
  }
}

/** Gradio draws its column when it is ready. */
function whenThere(id, run) {
  const found = document.getElementById(id);
  if (found) {
    run(found);
    return;
  }
  const watch = new MutationObserver(() => {
    const host = document.getElementById(id);
    if (host) {
      watch.disconnect();
      run(host);
    }
  });
  watch.observe(document.documentElement, { childList: true, subtree: true });
}

whenThere("pushpull", (host) => {
  document.getElementById("opening")?.remove();
  new Page(host);
});
