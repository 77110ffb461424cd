// Thumbs and an optional comment on an answer, sent to the server.

import { call } from "./api.js";
import { h, iconButton, toast } from "./dom.js";
import { ANSWER_CHARS, cut, said } from "./said.js";

/** The two thumbs of a turn; `before()` gives the turns it followed, `kept()` is called when the rating is stored. */
export function feedbackForm(turn, before, kept) {
  const thumbs = h("div", { class: "thumbs", role: "group", "aria-label": "Was this right?" });
  const give = (rating) => async () => {
    if (turn.rating !== rating) {
      const earlier = turn.rating;
      turn.rating = rating;
      if (!(await send(turn, before(), ""))) turn.rating = earlier;
      kept();
      draw();
      if (turn.rating !== rating) return;
    }
    comment();
  };
  const draw = () =>
    thumbs.replaceChildren(
      iconButton("up", "Good answer", give("up"), { "aria-pressed": String(turn.rating === "up") }),
      iconButton("down", "Bad answer", give("down"), { "aria-pressed": String(turn.rating === "down") }),
    );
  const comment = () => {
    const field = h("input", {
      type: "text",
      maxlength: "1000",
      "aria-label": "Comment",
      placeholder: turn.rating === "down" ? "What is wrong with it?" : "What is good about it?",
    });
    const form = h("form", { class: "comment" }, field, h("button", { text: "Send" }));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (field.value.trim() && !(await send(turn, before(), field.value.trim()))) return;
      form.remove();
      toast("Thank you");
    });
    thumbs.parentElement.querySelector(".comment")?.remove();
    thumbs.after(form);
    field.focus();
  };
  draw();
  return thumbs;
}

async function send(turn, before, comment) {
  const { answer } = turn;
  const citations = answer.citations.map(({ source, start, end, quote }) => ({ source, start, end, quote }));
  try {
    await call("POST", "api/feedback", {
      vote: turn.rating,
      comment,
      question: turn.question,
      history: said(before),
      kind: answer.kind,
      text: cut(answer.text, ANSWER_CHARS),
      model: answer.model,
      citations,
    });
    return true;
  } catch (problem) {
    toast(problem.message);
    return false;
  }
}
