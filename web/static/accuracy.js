// The last accuracy report, in a sandbox of its own.

import { call } from "./api.js";
import { h } from "./dom.js";
import * as store from "./store.js";

/** The view: the report where there is one, else how to make one. */
export function accuracyView() {
  const view = h(
    "section",
    { class: "view wide", "aria-labelledby": "accuracy-title" },
    h("h1", { id: "accuracy-title", tabindex: "-1", text: "Accuracy" }),
  );
  call("GET", "api/report")
    .then(({ there, when }) => {
      if (there)
        view.append(
          h("p", { class: "lead" }, "What ", h("code", { text: "python -m evals" }), ` measured last, on ${when}.`),
          frame(),
        );
      else
        view.append(
          h("p", {
            class: "lead",
            text: "No report yet. Run the evaluation in the project’s folder, and it stands here:",
          }),
          h("pre", {}, h("code", { text: "python -m evals" })),
        );
    })
    .catch((problem) => view.append(h("p", { class: "notice", text: problem.message })));
  return view;
}

/** Shows the report, where one is shown, in the theme that was just chosen. */
export function themeReport() {
  document.querySelector("iframe.report")?.replaceWith(frame());
}

function frame() {
  const theme = store.setting("theme");
  const src = theme ? `report?theme=${encodeURIComponent(theme)}` : "report";
  return h("iframe", { class: "report", src, title: "Accuracy report", sandbox: "allow-scripts" });
}
