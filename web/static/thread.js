// One conversation: its turns, and everything that can be done with a turn.

import { ask } from "./api.js";
import { answerParts, prose } from "./answer.js";
import { announce, calm, copyText, h, iconButton, offers } from "./dom.js";
import { answerToMarkdown } from "./export.js";
import { feedbackForm } from "./feedback.js";
import { hidePreview } from "./preview.js";
import { openReader } from "./reader.js";
import { said } from "./said.js";
import * as store from "./store.js";

const RETRY_WARMING_MS = 1500;
const LONG_QUESTION = 420;

/** The list of turns. `page` gives: `chat`, `state`, `model()`, `changed()`, `asking(flag)`. */
export class Thread {
  constructor(page) {
    this.page = page;
    this.asking = null; // while an answer is on its way: { turn, abort, done }
    this.list = h("div", { class: "turns", id: "turns" });
  }

  get busy() {
    return this.asking !== null;
  }

  draw() {
    hidePreview();
    this.list.replaceChildren(...this.page.chat.turns.map((turn) => this.element(turn)));
    this.markLast();
  }

  /** Asks `question` as the turn after `count` others; what stood there goes. An answer on its way is stopped. */
  async ask(question, count = this.page.chat.turns.length) {
    if (!question.trim()) return;
    if (this.busy) {
      this.stop();
      await this.asking.done;
    }
    const { chat } = this.page;
    const turn = store.freshTurn(question.trim());
    chat.turns = [...chat.turns.slice(0, count), turn];
    chat.title ||= [...turn.question.replace(/\s+/g, " ")].slice(0, 80).join("");
    const abort = new AbortController();
    this.asking = { turn, abort };
    this.append(turn, count);
    this.save(chat);
    this.asking.done = this.answer(chat, turn, abort.signal);
    await this.asking.done;
    if (!chat.turns.includes(turn)) return; // the conversation was deleted or cleared meanwhile
    this.save(chat);
    if (this.page.chat === chat) this.redraw(turn);
    const words = turn.problem || turn.answer?.text.replace(/\s*\[\d+\]/g, "") || "Stopped.";
    announce(turn.answer?.verdict ? `${turn.answer.verdict}. ${words}` : words);
  }

  /** Shows `turn` in the place of those after the first `count`, and scrolls to it. */
  append(turn, count) {
    hidePreview();
    while (this.list.children.length > count) this.list.lastElementChild.remove();
    this.list.append(this.element(turn));
    this.markLast();
    this.list.lastElementChild.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  }

  async answer(chat, turn, signal) {
    this.page.asking(true);
    try {
      await this.read(turn, said(chat.turns.slice(0, chat.turns.indexOf(turn))), signal);
    } catch (problem) {
      if (problem.name !== "AbortError") turn.problem = problem.message;
    } finally {
      this.asking = null;
      this.page.asking(false);
    }
  }

  /** Takes over what another tab made of this conversation; an answer that is on its way here, or came just now, stays. */
  take(stored) {
    const { chat } = this.page;
    const mine = this.asking?.turn;
    const known = new Map(chat.turns.filter((turn) => turn === mine || store.isDone(turn)).map((turn) => [turn.id, turn]));
    const turns = stored.turns.map((turn) => (store.isDone(turn) ? turn : (known.get(turn.id) ?? turn)));
    const unheard = turns.some((turn, place) => turn !== mine && turn !== stored.turns[place]);
    chat.turns = mine && !turns.includes(mine) ? [...turns, mine] : turns;
    chat.title = stored.title;
    if (unheard) store.save(chat);
    this.draw();
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
    this.asking?.abort.abort();
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
    const waiting = turn === this.asking?.turn && !turn.answer;
    return h(
      "article",
      { class: "turn", "aria-label": `Question ${index + 1}`, "aria-busy": waiting ? "true" : null },
      this.question(turn, index, waiting),
      understood(turn, index),
      h("div", { class: `answer ${turn.answer?.kind ?? ""}` }, this.reply(turn, waiting)),
      waiting ? null : this.actions(turn, index),
      turn.answer && !waiting ? this.followUps(turn.answer) : null,
    );
  }

  question(turn, index, waiting) {
    const long = turn.question.length > LONG_QUESTION;
    const words = h("h2", { class: long ? "long" : null, text: turn.question });
    const head = h(
      "div",
      { class: "question" },
      words,
      waiting
        ? null
        : iconButton("edit", "Edit and ask again", () => this.edit(head, turn, index), { class: "icon-button edit" }),
      long ? foldButton(words) : null,
    );
    return head;
  }

  edit(head, turn, index) {
    const field = h("textarea", {
      "aria-label": "Edit the question",
      rows: "2",
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
    const { chat } = this.page;
    const { answer } = turn;
    const last = index === chat.turns.length - 1;
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
            () => chat.turns.slice(0, index),
            () => this.save(chat),
          )
        : null,
      answer && answer.kind !== "courtesy" ? h("p", { class: "meta", text: meta(answer) }) : null,
    );
  }

  followUps(answer) {
    const questions = answer.follow_ups ?? [];
    if (!questions.length) return null;
    return h(
      "nav",
      { class: "follow-ups", "aria-label": "Questions to go on with" },
      h("h3", { text: "Go on with" }),
      offers(questions, (text) => this.ask(text)),
    );
  }
}

/** Shows the whole of a question that is too long to stand above its answer, and folds it again. */
function foldButton(words) {
  const button = h("button", { type: "button", class: "fold", "aria-expanded": "false", text: "Show it whole" });
  button.addEventListener("click", () => {
    const whole = words.classList.toggle("whole");
    button.setAttribute("aria-expanded", String(whole));
    button.textContent = whole ? "Fold it" : "Show it whole";
  });
  return button;
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

function spent(seconds) {
  if (seconds < 0.01) return "under 0.01 s";
  return `${seconds < 10 ? seconds.toFixed(seconds < 1 ? 2 : 1) : Math.round(seconds)} s`;
}

function meta(answer) {
  const who = answer.model === "extractive" ? "In the articles’ own words" : `Phrased by ${answer.model}`;
  return answer.kind === "answer" ? `${who} · ${spent(answer.seconds)}` : spent(answer.seconds);
}
