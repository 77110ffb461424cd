// One conversation: its turns, and everything that can be done with a turn.

import { ask } from "./api.js";
import { answerParts, prose } from "./answer.js";
import { announce, calm, copyText, h, iconButton } from "./dom.js";
import { answerToMarkdown } from "./export.js";
import { feedbackForm } from "./feedback.js";
import { hidePreview } from "./preview.js";
import { openReader } from "./reader.js";
import * as store from "./store.js";

const RETRY_WARMING_MS = 1500;
const KEPT_TURNS = 12;

/** The list of turns. `page` gives: `chat`, `state`, `model()`, `changed()`, `asking(flag)`. */
export class Thread {
  constructor(page) {
    this.page = page;
    this.abort = null;
    this.list = h("div", { class: "turns", id: "turns" });
  }

  get busy() {
    return this.abort !== null;
  }

  draw() {
    hidePreview();
    this.list.replaceChildren(...this.page.chat.turns.map((turn) => this.element(turn)));
    this.markLast();
  }

  /** Asks `question` as the turn after `count` others; what stood there goes. */
  async ask(question, count = this.page.chat.turns.length) {
    if (this.busy || !question.trim()) return;
    const { chat } = this.page;
    const turn = { question: question.trim(), answer: null, problem: "", partial: "", rating: "" };
    chat.turns = [...chat.turns.slice(0, count), turn];
    if (!chat.title) chat.title = turn.question.slice(0, 80);
    this.draw();
    this.save(chat);
    const element = this.list.lastElementChild;
    element.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
    await this.answer(chat, turn);
    this.save(chat);
    if (this.page.chat === chat) this.redraw(turn);
    const said = turn.problem || turn.answer?.text.replace(/\s*\[\d+\]/g, "") || "Stopped.";
    announce(turn.answer?.verdict ? `${turn.answer.verdict}. ${said}` : said);
  }

  async answer(chat, turn) {
    this.abort = new AbortController();
    this.page.asking(true);
    const history = chat.turns
      .slice(0, -1)
      .filter((each) => each.answer)
      .slice(-KEPT_TURNS)
      .map((each) => ({ question: each.question, answer: each.answer.text }));
    try {
      await this.read(turn, history, this.abort.signal);
    } catch (problem) {
      if (problem.name !== "AbortError") turn.problem = problem.message;
    } finally {
      this.abort = null;
      this.page.asking(false);
    }
  }

  /** Reads the answer as it comes. While the articles are still being read, the question waits. */
  async read(turn, history, signal) {
    for (;;) {
      try {
        for await (const view of ask(turn.question, history, this.page.model(), signal)) {
          if (view.kind === "partial") {
            turn.partial = view.text;
            this.redraw(turn);
          } else turn.answer = view;
        }
        return;
      } catch (problem) {
        if (problem.code !== "warming") throw problem;
        await new Promise((resolve) => setTimeout(resolve, RETRY_WARMING_MS));
        signal.throwIfAborted();
      }
    }
  }

  stop() {
    this.abort?.abort();
  }

  save(chat) {
    store.save(chat);
    this.page.changed();
  }

  redraw(turn) {
    const index = this.page.chat.turns.indexOf(turn);
    if (index < 0) return;
    this.list.children[index]?.replaceWith(this.element(turn));
    this.markLast();
  }

  markLast() {
    for (const element of this.list.children) element.classList.toggle("last", element === this.list.lastElementChild);
  }

  element(turn) {
    const index = this.page.chat.turns.indexOf(turn);
    const waiting = this.busy && index === this.page.chat.turns.length - 1 && !turn.answer && !turn.problem;
    return h(
      "article",
      { class: "turn", "aria-label": `Question ${index + 1}`, "aria-busy": waiting ? "true" : null },
      this.question(turn, index),
      understood(turn, index),
      h("div", { class: `answer ${turn.answer?.kind ?? ""}` }, this.reply(turn, waiting)),
      waiting ? null : this.actions(turn, index),
      turn.answer && !waiting ? this.followUps(turn.answer) : null,
    );
  }

  question(turn, index) {
    const head = h(
      "div",
      { class: "question" },
      h("h2", { text: turn.question }),
      iconButton("edit", "Edit and ask again", () => this.edit(head, turn, index), { class: "icon-button edit" }),
    );
    return head;
  }

  edit(head, turn, index) {
    const field = h("textarea", {
      "aria-label": "Edit the question",
      rows: "2",
      maxlength: String(this.page.state.max_chars ?? 4000),
    });
    field.value = turn.question;
    const done = () => this.redraw(turn);
    const send = () => this.ask(field.value, index);
    const key = (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        done();
      }
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        send();
      }
    };
    field.addEventListener("keydown", key);
    head.replaceChildren(
      field,
      h(
        "div",
        { class: "edit-actions" },
        h("button", { type: "button", text: "Cancel", on: { click: done } }),
        h("button", { type: "button", class: "primary", text: "Ask again", on: { click: send } }),
      ),
    );
    field.focus();
  }

  reply(turn, waiting) {
    if (turn.answer) return answerParts(turn.answer, openAt);
    if (turn.problem) return [h("p", { class: "problem", role: "alert", text: turn.problem })];
    if (waiting && !turn.partial)
      return [
        h(
          "p",
          { class: "thinking" },
          h("span", {
            text:
              this.page.state.phase === "ready"
                ? "Looking through the articles"
                : "Waiting until the articles are read",
          }),
        ),
      ];
    return [
      h("div", { class: waiting ? "said partial" : "said" }, prose(turn.partial, [], openAt)),
      waiting ? null : h("p", { class: "notice", text: "Stopped." }),
    ];
  }

  actions(turn, index) {
    const last = index === this.page.chat.turns.length - 1;
    const { answer } = turn;
    return h(
      "div",
      { class: "actions" },
      answer ? iconButton("copy", "Copy the answer with its sources", () => copyText(answerToMarkdown(answer))) : null,
      last
        ? iconButton("retry", "Ask again", () => this.ask(turn.question, index), { class: "icon-button retry" })
        : null,
      answer && answer.kind !== "courtesy"
        ? feedbackForm(
            turn,
            () => this.page.chat.turns.slice(0, index),
            () => this.save(this.page.chat),
          )
        : null,
      answer ? h("p", { class: "meta", text: meta(answer) }) : null,
    );
  }

  followUps(answer) {
    const offers = answer.follow_ups ?? [];
    if (!offers.length) return null;
    return h(
      "nav",
      { class: "follow-ups", "aria-label": "Questions to go on with" },
      h("h3", { text: "Go on with" }),
      h(
        "ul",
        { class: "offers" },
        offers.map((text) => h("li", {}, h("button", { type: "button", text, on: { click: () => this.ask(text) } }))),
      ),
    );
  }
}

function openAt(citations, marker) {
  const chosen = citations.find((c) => c.marker === marker);
  openReader(chosen.article_id, citations, marker);
}

/** What was searched for, where that is not what was typed. */
function understood(turn, index) {
  const asked = turn.answer?.standalone_question;
  if (!asked || !index || plain(asked) === plain(turn.question)) return null;
  return h("p", { class: "understood" }, "Searched for: ", h("q", { text: asked }));
}

const plain = (text) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

function meta(answer) {
  const who = answer.model === "extractive" ? "In the articles’ own words" : `Phrased by ${answer.model}`;
  const seconds = answer.seconds < 10 ? answer.seconds.toFixed(answer.seconds < 1 ? 2 : 1) : Math.round(answer.seconds);
  return answer.kind === "answer" ? `${who} · ${seconds} s` : `${seconds} s`;
}
