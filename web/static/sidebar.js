// The side: the conversations, and the ways to the other views.

import { h, icon, iconButton, narrow, whenChanged } from "./dom.js";
import * as store from "./store.js";

const THEMES = ["", "light", "dark"];
const THEME_NAMES = { "": "as the system", light: "light", dark: "dark" };

/** The side. `page` gives: `host`, `chat`, `view`, `start()`, `show(chat)`, `themed()`. */
export class Sidebar {
  constructor(page) {
    this.page = page;
    this.list = h("ul", { class: "chats", id: "chats" });
    this.links = h("ul", { class: "views" });
    narrow.addEventListener("change", () => this.close());
    this.element = h(
      "nav",
      { id: "side", class: "side", "aria-label": "Conversations" },
      h(
        "div",
        { class: "brand" },
        icon("pushpull"),
        h("span", { text: "Pushpull" }),
        iconButton("close", "Close the menu", () => this.toggle(false), { class: "icon-button side-close" }),
      ),
      h(
        "button",
        { type: "button", class: "new-chat", on: { click: () => page.start() } },
        icon("plus"),
        "New conversation",
      ),
      this.list,
      this.links,
    );
  }

  get open() {
    return this.page.host.classList.contains("side-open");
  }

  /** Opens or closes it where the window is narrow; what it lies over takes no part meanwhile. */
  toggle(open) {
    this.page.host.classList.toggle("side-open", open);
    document.getElementById("main").inert = open;
    if (open) this.element.querySelector(".side-close").focus();
    else document.querySelector(".menu-button").focus();
  }

  close() {
    if (this.open) this.toggle(false);
  }

  draw() {
    const { page } = this;
    const chats = store.load();
    const present = page.view === "chat" ? page.chat.id : page.view;
    const shown = [present, store.setting("theme"), chats.map(({ id, title }) => [id, title])];
    whenChanged(this.element, shown, () => this.drawWhole(chats));
  }

  drawWhole(chats) {
    const { page } = this;
    this.list.replaceChildren(
      ...chats.map((chat) =>
        h(
          "li",
          {},
          h(
            "button",
            {
              type: "button",
              title: chat.title,
              "aria-current": chat.id === page.chat.id && page.view === "chat" ? "true" : null,
              on: { click: () => page.show(store.find(chat.id) ?? chat) },
            },
            chat.title || "New conversation",
          ),
        ),
      ),
    );
    this.links.replaceChildren(
      this.link("library", "library", "Library"),
      this.link("accuracy", "chart", "Accuracy"),
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", class: "theme", on: { click: () => this.nextTheme() } },
          icon("theme"),
          `Theme: ${THEME_NAMES[store.setting("theme")] ?? THEME_NAMES[""]}`,
        ),
      ),
    );
  }

  link(view, picture, name) {
    const present = this.page.view === view;
    return h("li", {}, h("a", { href: `#/${view}`, "aria-current": present ? "page" : null }, icon(picture), name));
  }

  nextTheme() {
    const next = THEMES[(THEMES.indexOf(store.setting("theme")) + 1) % THEMES.length];
    store.setting("theme", next);
    if (next) document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
    this.page.themed();
    this.draw();
    this.links.querySelector(".theme").focus();
  }
}
