// Elements out of plain values. Text always enters the page as text: nothing in this folder writes HTML.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  menu: "M4 7h16M4 12h16M4 17h16",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  stop: "M7 7h10v10H7z",
  copy: "M9 9h10v11H9zM5 15V4h10",
  retry: "M5 12a7 7 0 1 0 2.2-5.1M5 4v4h4",
  edit: "M5 19h3.5L19 8.5 15.5 5 5 15.5z",
  up: "M7 11v9H4v-9zM7 11l4-8c1.6 0 2.4 1.2 2 2.8L12.4 9H19c1 0 1.7 1 1.4 2l-2.2 7.4c-.3 1-1 1.6-2 1.6H7",
  down: "M17 13V4h3v9zM17 13l-4 8c-1.6 0-2.4-1.2-2-2.8l.6-3.2H5c-1 0-1.7-1-1.4-2l2.2-7.4C6.1 4.600 6.800 4 7.800 4H17",
  next: "M9 6l6 6-6 6",
  previous: "M15 6l-6 6 6 6",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  clear: "M4 20h16M6.500 14.500 14 7l5 5-6 6H9z",
  library: "M5 4h4v16H5zM9 4h4v16H9zM14 5l3.500-1 4 15.500-3.500 1z",
  chart: "M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6",
  theme: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  search: "M10.500 5a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11M14.500 14.500 20 20",
  more: "M5.500 12h.01M12 12h.01M18.500 12h.01",
  pushpull: "M8.500 19V5m0 0L4.500 9M8.500 5l4 4M15.500 5v14m0 0-4-4M15.500 19l4-4",
};

/** An element. `props`: `class`, `text`, `on` (listeners), `data` (dataset); the rest are attributes; false and null are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name === "on") for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A line drawing that says nothing by itself: the control it stands in carries the words. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Questions that can be asked by a click. */
export function offers(questions, ask) {
  const button = (text) => h("button", { type: "button", text, on: { click: () => ask(text) } });
  return h(
    "ul",
    { class: "offers" },
    questions.map((text) => h("li", {}, button(text))),
  );
}

/** Draws into `element` only where `values` differ from the last time: what has the focus, or is being clicked, stays. */
export function whenChanged(element, values, draw) {
  const now = JSON.stringify(values);
  if (drawn.get(element) === now) return;
  drawn.set(element, now);
  draw();
}
const drawn = new WeakMap();

/** A button with an icon; `label` is what it does, said to everybody. */
export function iconButton(name, label, run, props = {}) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click: run }, ...props },
    icon(name),
  );
}

/** Says something to people who listen instead of looking. */
export function announce(text) {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}

/** A line at the bottom of the page for a few seconds. */
export function toast(text) {
  const box = document.getElementById("toast");
  box.textContent = text;
  box.classList.add("shown");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => box.classList.remove("shown"), 4000);
  announce(text);
}

/** Asks before something that cannot be undone; resolves to true where it was agreed to. */
export async function confirmed(title, text, action) {
  return (await modal(title, [h("p", { text })], action, "danger")) !== null;
}

/** Asks for one line; resolves to it, or null where it was given up. */
export async function prompted(title, label, value, action) {
  const field = h("input", { type: "text", id: "prompt-field", maxlength: "80", autocomplete: "off" });
  field.value = value;
  const answer = await modal(title, [h("label", { for: "prompt-field", text: label }), field], action, "primary");
  return answer === null ? null : field.value.trim();
}

function modal(title, content, action, look) {
  const go = h("button", { class: look, value: "go", text: action });
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id: "modal-title", text: title }),
    ...content,
    h(
      "div",
      { class: "modal-actions" },
      h("button", {
        value: "",
        formnovalidate: true,
        type: "button",
        text: "Cancel",
        on: { click: () => dialog.close("") },
      }),
      go,
    ),
  );
  const dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title" }, form);
  document.getElementById("pushpull").append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "go" ? "go" : null);
      dialog.remove();
    });
    dialog.showModal();
    dialog.querySelector("input")?.select();
  });
}

/** Copies text, also where the page has no right to the clipboard. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = h("textarea", { class: "hidden" });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  toast("Copied");
}

/** Offers a text as a file to keep. */
export function saveFile(name, text, type) {
  const link = h("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Whether side and reader lie over the page instead of beside it; as wide as the style sheet says. */
export const narrow = matchMedia("(max-width: 60rem)");

/** Whether the reader asked for less movement. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
