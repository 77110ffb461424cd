// The reader's own conversations, kept in the browser: nobody else sees them, and the server need not remember anyone.
// Each is stored under a key of its own, with its answers' citations, so that an old answer keeps its proof.

const PREFIX = "pushpull.chat.";
const MOST = 200;

let storage = null;
try {
  localStorage.setItem("pushpull.probe", "1");
  localStorage.removeItem("pushpull.probe");
  storage = localStorage;
} catch {
  storage = null; // Private browsing may refuse: conversations then last as long as the page.
}

const memory = new Map();

/** All conversations, the latest first. What cannot be read is left alone. */
export function load() {
  if (!storage) return [...memory.values()].sort((a, b) => b.updated - a.updated);
  const found = [];
  for (let i = 0; i < storage.length; i++) {
    const key = storage.key(i);
    if (!key.startsWith(PREFIX)) continue;
    try {
      const chat = tidy(JSON.parse(storage.getItem(key)));
      if (chat) found.push(chat);
    } catch {
      continue;
    }
  }
  return found.sort((a, b) => b.updated - a.updated);
}

/** The conversation of this id, null where there is none. */
export function find(id) {
  if (!storage) return memory.get(id) ?? null;
  try {
    return tidy(JSON.parse(storage.getItem(PREFIX + id)));
  } catch {
    return null;
  }
}

/** Keeps a conversation, and what another tab has answered of it meanwhile; the oldest make room where the browser has none left. */
export function save(chat) {
  for (const turn of find(chat.id)?.turns ?? []) {
    const mine = chat.turns.find((one) => one.id === turn.id);
    if (mine && isDone(turn) && !isDone(mine)) Object.assign(mine, turn);
  }
  chat.updated = Date.now();
  memory.set(chat.id, chat);
  if (!storage) return;
  const chats = load();
  for (const old of chats.slice(MOST)) remove(old.id);
  for (;;) {
    try {
      storage.setItem(PREFIX + chat.id, JSON.stringify(chat, unneeded));
      return;
    } catch {
      const oldest = load()
        .filter((other) => other.id !== chat.id)
        .pop();
      if (!oldest) return;
      remove(oldest.id);
    }
  }
}

/** What a page shows again has no use for the passages that were found and not cited. */
const unneeded = (name, value) => (name === "retrieved" ? undefined : value);

export function remove(id) {
  memory.delete(id);
  storage?.removeItem(PREFIX + id);
}

export function fresh() {
  return { id: newId(), title: "", updated: Date.now(), turns: [] };
}

export function freshTurn(question) {
  return { id: newId(), question, answer: null, problem: "", partial: "", rating: "" };
}

/** Whether a turn has its answer, or the reason why it has none. */
export const isDone = (turn) => turn.answer !== null || turn.problem !== "";

const newId = () => crypto.randomUUID?.() ?? String(Math.random()).slice(2);

/** Calls `run` with the id of each conversation that another tab of this browser changes. */
export function watch(run) {
  addEventListener("storage", ({ key }) => {
    if (key?.startsWith(PREFIX)) run(key.slice(PREFIX.length));
  });
}

/** A small setting: theme, model. */
export function setting(name, value) {
  if (value === undefined) return storage?.getItem(`pushpull.${name}`) ?? "";
  storage?.setItem(`pushpull.${name}`, value);
  return value;
}

/** Only the shape that this page writes is read back. */
function tidy(chat) {
  if (typeof chat?.id !== "string" || !Array.isArray(chat.turns)) return null;
  const turns = chat.turns.filter((turn) => typeof turn?.question === "string").map(tidyTurn);
  return { id: chat.id, title: String(chat.title ?? ""), updated: Number(chat.updated) || 0, turns };
}

function tidyTurn(turn) {
  return {
    id: typeof turn.id === "string" ? turn.id : newId(),
    question: turn.question,
    answer: tidyAnswer(turn.answer),
    problem: String(turn.problem ?? ""),
    partial: String(turn.partial ?? ""),
    rating: turn.rating ?? "",
  };
}

function tidyAnswer(answer) {
  if (typeof answer?.text !== "string") return null;
  const texts = (list) => (Array.isArray(list) ? list.filter((each) => typeof each === "string") : []);
  const quotes = (list) => (Array.isArray(list) ? list.filter(isQuote) : []);
  return {
    ...answer,
    verdict: typeof answer.verdict === "string" ? answer.verdict : null,
    citations: quotes(answer.citations),
    related: quotes(answer.related),
    notices: texts(answer.notices),
    follow_ups: texts(answer.follow_ups),
  };
}

const isQuote = (quote) => ["article_id", "title", "source", "quote"].every((name) => typeof quote?.[name] === "string");
