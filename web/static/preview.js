// The quote, shown beside a citation while it is hovered or focused.

import { h } from "./dom.js";

let box = null;
let timer = 0;

/** Gives `anchor` a preview of `citation`. */
export function preview(anchor, citation) {
  anchor.addEventListener("mouseenter", () => {
    timer = setTimeout(() => show(anchor, citation), 120);
  });
  anchor.addEventListener("focus", () => anchor.matches(":focus-visible") && show(anchor, citation));
  for (const event of ["mouseleave", "blur", "click"]) anchor.addEventListener(event, hidePreview);
}

export function hidePreview() {
  clearTimeout(timer);
  document.querySelector("[aria-describedby=preview]")?.removeAttribute("aria-describedby");
  box?.remove();
  box = null;
}

function show(anchor, citation) {
  hidePreview();
  box = h(
    "div",
    { class: "preview", role: "tooltip", id: "preview" },
    h("q", { text: citation.quote }),
    h("p", { text: [citation.title, citation.section].filter(Boolean).join(" › ") }),
  );
  document.getElementById("pushpull").append(box);
  anchor.setAttribute("aria-describedby", "preview");
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const left = Math.min(Math.max(12, at.left - 24), innerWidth - width - 12);
  const above = at.top - height - 10;
  box.style.left = `${left}px`;
  box.style.top = `${above > 8 ? above : at.bottom + 10}px`;
}
