// Where a question is typed: it grows with its text, sends with Enter, stops with Escape, and remembers with the arrows.

import { h, icon } from "./dom.js";
import * as store from "./store.js";

/** The most characters that a server takes unless it says otherwise, for what is sent before it has said anything. */
const MOST = 4000;

/** `page` gives: `state`, `busy()`, `ask(text)`, `stop()`, `asked()` (earlier questions, latest first). */
export class Composer {
  constructor(page) {
    this.page = page;
    this.at = -1;
    this.field = h("textarea", {
      id: "question",
      rows: "1",
      placeholder: "Ask the articles",
      "aria-label": "Your question",
      enterkeyhint: "send",
      autocomplete: "off",
    });
    this.button = h("button", { type: "submit", class: "send", "aria-label": "Send" }, icon("send"));
    this.models = h("select", { "aria-label": "Who phrases the answer" });
    this.models.addEventListener("change", () => {
      store.setting("model", this.models.value);
      this.drawModels();
    });
    this.modelNote = h("span", { class: "model-note", role: "status" });
    this.choice = h(
      "p",
      { class: "choice", hidden: true },
      h("label", {}, h("span", { text: "Answered by " }), this.models),
      this.modelNote,
    );
    this.excess = h("p", { class: "excess", role: "status" });
    this.element = h(
      "form",
      { class: "composer" },
      h("div", { class: "field" }, this.field, this.button),
      h(
        "div",
        { class: "below" },
        this.excess,
        this.choice,
        h(
          "p",
          { class: "hint" },
          h("kbd", { text: "Enter" }),
          " sends · ",
          h("kbd", { text: "/" }),
          " to type · ",
          h("kbd", { text: "Esc" }),
          " stops",
        ),
      ),
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.field.addEventListener("input", () => {
      this.at = -1;
      this.grow();
    });
    this.field.addEventListener("keydown", (event) => this.key(event));
    addEventListener("resize", () => this.grow());
  }

  send() {
    if (this.page.busy()) {
      this.page.stop();
      return;
    }
    const text = this.field.value;
    if (!text.trim() || this.measure() > 0) return;
    this.fill("");
    this.page.ask(text);
  }

  fill(text) {
    this.field.value = text;
    this.grow();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 220)}px`;
    this.measure();
  }

  /** How many characters the text is too long by, said beneath it; nothing that is pasted is cut off in silence. */
  measure() {
    const most = this.page.state.max_chars ?? MOST;
    const excess = [...this.field.value.trim()].length - most;
    const words = `${excess.toLocaleString("en")} characters too many: ${most.toLocaleString("en")} are the most.`;
    this.excess.textContent = excess > 0 ? words : "";
    return excess;
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!this.page.busy()) this.send();
    }
    if (
      (event.key === "ArrowUp" && (this.field.value === "" || this.at >= 0)) ||
      (event.key === "ArrowDown" && this.at >= 0)
    ) {
      event.preventDefault();
      const asked = this.page.asked();
      this.at = Math.max(-1, Math.min(asked.length - 1, this.at + (event.key === "ArrowUp" ? 1 : -1)));
      const { at } = this;
      this.fill(at < 0 ? "" : asked[at]);
      this.at = at;
    }
  }

  /** While an answer is on its way the button stops it. */
  asking(flag) {
    this.button.classList.toggle("stopping", flag);
    this.button.setAttribute("aria-label", flag ? "Stop" : "Send");
    this.button.replaceChildren(icon(flag ? "stop" : "send"));
  }

  setModels(models) {
    this.known = models;
    this.drawModels();
  }

  get model() {
    const chosen = store.setting("model");
    return this.known?.some((model) => model.spec === chosen) ? chosen : "";
  }

  drawModels() {
    const models = this.known ?? [];
    this.choice.hidden = models.length < 2;
    this.models.replaceChildren(
      ...models.map((model) => {
        const cost = model.seconds
          ? `, about ${model.seconds < 1 ? model.seconds.toFixed(2) : Math.round(model.seconds)} s`
          : "";
        return h("option", { value: model.spec, text: `${model.name}${model.up ? cost : ", not running"}` });
      }),
    );
    this.models.value = this.model || models[0]?.spec || "";
    const down = models.find((model) => model.spec === this.models.value && !model.up);
    this.modelNote.textContent = down ? "It is not running: the built-in answerer answers." : "";
  }
}
