"use strict";
// The page as it is served: cards come page by page, and verdicts go straight into their file.
const FULL = 3000; // longest side, px, of a full-size picture on a canvas
const file = document.currentScript.dataset.verdicts;
const asked = { view: document.querySelector("[data-table]").dataset.table, relation: "", page: 1 }; // beside what the form says
const told = { pages: 1, full: false, number: 0 };

const address = (name, values) => `${name}?${new URLSearchParams(values)}`;

page.thumbnail = (member) => address("thumbnail", { uri: member.uri });
page.picture = (member) => address(told.full ? "picture" : "thumbnail", { uri: member.uri });
page.zoom = (image) => (told.full ? Math.min(1, FULL / Math.max(image.width, image.height)) : 4);
page.beyond = (step) => turn(asked.page + step, step > 0 ? 0 : Infinity);
page.judged = (cluster, copy, verdict) => {
  const again = state.verdicts.get(key(cluster, copy)) === verdict;
  decide("verdict", { uris: [cluster.members[0].uri, copy.uri], verdict: again ? null : verdict });
};
page.more = async (cluster) => {
  const { members } = await answer(address("members", { cluster: cluster.id, first: cluster.members.length }));
  remember({ members: [cluster.members[0], ...members] });
  cluster.members.push(...members);
  cluster.hidden = members.length ? cluster.size - cluster.members.length : 0;
  redraw(cluster);
};

function fail(message) {
  $("failed").hidden = !message;
  $("failed").textContent = message;
}

async function answer(request, options) {
  let response, found;
  try {
    response = await fetch(request, options);
    found = await response.json();
  } catch {
    found = { error: "the server does not answer; was `lookalike review` ended?" };
  }
  if (found.error) { fail(found.error); throw new Error(found.error); }
  return found;
}

function question() {
  const found = new URLSearchParams(asked);
  for (const [name, value] of new FormData($("bar"))) if (value && !(name === "relation" && asked.view !== "clusters")) found.set(name, value);
  return found;
}

function remember(cluster) {
  for (const member of cluster.members.slice(1)) {
    member.verdict ? state.verdicts.set(key(cluster, member), member.verdict) : state.verdicts.delete(key(cluster, member));
  }
}

async function load(at = -1, remembered = true) {
  const number = ++told.number, wanted = question();
  const found = await answer("cards?" + wanted);
  if (number !== told.number) return; // another question was asked since
  fail("");
  told.pages = found.pages;
  if (asked.page > found.pages) return turn(found.pages);
  if (remembered) history.replaceState(null, "", "?" + wanted);
  found.cards.forEach(remember);
  Object.assign(state, { order: found.cards, drawn: 0, cluster: -1 });
  $("clusters").replaceChildren();
  $("clusters").className = asked.view === "pairs" ? "beside" : "";
  draw(found.cards.length);
  $("shown").textContent = `${found.total.toLocaleString("en")} ${asked.view}`;
  $("page").value = asked.page;
  $("page").max = found.pages;
  $("pages").textContent = found.pages.toLocaleString("en");
  $("previous").disabled = asked.page <= 1;
  $("next").disabled = asked.page >= found.pages;
  noted(found.noted);
  mark();
  if (document.activeElement.matches("button")) document.activeElement.blur(); // Enter compares, and turns no page
  if (at >= 0) go(Math.min(at, state.order.length - 1));
  else scrollTo(0, 0);
}

function noted(count) {
  $("noted").textContent = `${count.toLocaleString("en")} verdict${count === 1 ? "" : "s"} in ${file}`;
}

// Which of the tabs is open, and what can be asked of it.
function mark() {
  document.querySelectorAll("[data-table]").forEach((e) => e.classList.toggle("on", e.dataset.table === asked.view && e.dataset.relation === asked.relation));
  document.querySelectorAll(".of-clusters").forEach((e) => (e.hidden = asked.view !== "clusters"));
}

function turn(number, at = -1) {
  const wanted = Math.min(Math.max(number, 1), told.pages);
  if (wanted === asked.page) return;
  asked.page = wanted;
  return load(at);
}

function openTab(table, relation) {
  Object.assign(asked, { view: table, relation, page: 1 });
  $("compare").close();
  return load();
}

async function decide(name, body) {
  const found = await answer(name, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  fail("");
  $("undo").hidden = !found.undoable;
  noted(found.noted);
  if (!found.pair) return;
  const pair = found.pair.join(",");
  found.verdict ? state.verdicts.set(pair, found.verdict) : state.verdicts.delete(pair);
  for (const cluster of state.order) if (cluster.members.slice(1).some((member) => key(cluster, member) === pair)) redraw(cluster);
}

function enlarge() {
  told.full = !told.full;
  $("full").classList.toggle("on", told.full);
  compare();
}

// What can't be drawn says why: files may be gone, or others than were audited.
const shown = show;
show = async () => {
  const cluster = state.order[state.cluster];
  try {
    await shown();
  } catch {
    for (const member of [cluster.members[0], cluster.members[state.member]]) {
      const response = await fetch(page.picture(member));
      if (!response.ok) {
        $("stage").replaceChildren(element("p", { class: "failed", role: "alert" }, (await response.json()).error));
        return;
      }
    }
  }
};

Object.assign(KEYS, {
  u: () => decide("undo", {}), f: enlarge,
  "[": () => turn(asked.page - 1), "]": () => turn(asked.page + 1), "/": () => $("bar").elements.text.focus(),
});

// The question stands in the address, so that it survives a reload.
for (const [name, value] of new URLSearchParams(location.search)) {
  const field = $("bar").elements[name];
  if (name in asked && !(name === "relation" && asked.view === "clusters")) asked[name] = name === "page" ? Number(value) : value;
  else if (field) field.value = value;
}
let waiting;
const changed = () => { clearTimeout(waiting); waiting = setTimeout(() => { asked.page = 1; load().catch(() => {}); }, 200); };
for (const name of ["input", "change", "reset"]) $("bar").addEventListener(name, changed);
document.querySelectorAll("[data-table]").forEach((e) => (e.onclick = () => openTab(e.dataset.table, e.dataset.relation)));
$("previous").onclick = KEYS["["];
$("next").onclick = KEYS["]"];
$("page").onchange = () => turn(Number($("page").value));
$("undo").onclick = KEYS.u;
$("full").onclick = enlarge;
addEventListener("unhandledrejection", (event) => event.preventDefault()); // told where it happened
listen();
load().catch(() => {});
