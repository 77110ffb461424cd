// Filters the questions. Without it the page shows all of them, failures first.
"use strict";
(() => {
  const form = document.getElementById("filters");
  const cards = [...document.querySelectorAll(".card")];
  const words = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));
  const count = document.getElementById("count");
  const unfold = document.getElementById("unfold");

  const fits = (card) => {
    const { outcome, kind, heldout, text } = form.elements;
    const data = card.dataset;
    return (!outcome.value || (outcome.value === "flipped" ? data.flipped === "yes" : outcome.value.split(" ").includes(data.outcome)))
      && (!kind.value || data.kind === kind.value)
      && (!heldout.value || data.heldout === heldout.value)
      && text.value.toLowerCase().split(/\s+/).every((word) => words.get(card).includes(word));
  };
  const filter = () => {
    for (const card of cards) card.hidden = !fits(card);
    count.textContent = `${cards.filter((card) => !card.hidden).length} of ${cards.length} questions`;
  };
  const open = (all) => {
    for (const card of cards) card.open = all;
    unfold.setAttribute("aria-pressed", String(all));
    unfold.textContent = all ? "Close all" : "Open all";
  };

  const show = () => {
    const card = document.getElementById(location.hash.slice(1))?.closest(".card");
    if (!card) return;
    if (card.hidden) {
      form.reset();
      filter();
    }
    card.open = true;
    document.getElementById(location.hash.slice(1)).scrollIntoView();
  };

  form.addEventListener("input", filter);
  addEventListener("hashchange", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  unfold.addEventListener("click", () => open(unfold.getAttribute("aria-pressed") === "false"));
  form.hidden = false;
  filter();
  show();
})();
