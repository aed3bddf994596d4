"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const PAGE = 30;
const state = { order: [], drawn: 0, cluster: -1, member: 1, view: "side", verdicts: new Map() };

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) key === "class" ? (made.className = value) : made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const base = (uri) => uri.slice(uri.lastIndexOf("/") + 1);
const percent = (value) => value.toFixed(2);

function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  while (bytes >= 1000 && at < 4) { bytes /= 1000; at++; }
  return (at ? bytes.toFixed(1) : bytes) + " " + units[at];
}

function key(cluster, member) {
  return [cluster.members[0].hash, member.hash].sort().join(",");
}

function figure(cluster, member, index) {
  const keep = index === 0;
  const verdict = state.verdicts.get(key(cluster, member));
  const picture = element("img", { alt: "", src: "data:image/jpeg;base64," + member.thumbnail });
  const shot = element("span", { class: "shot" }, picture);
  const box = member.boxes && member.boxes[1];
  if (box) shot.append(element("span", { class: "worst", title: "disagrees most", style: ["left", "top", "width", "height"].map((side, at) => `${side}:${100 * box[at]}%`).join(";") }));
  const frame = element("button", { class: "frame", type: "button", title: member.uri }, shot);
  frame.onclick = () => { go(state.order.indexOf(cluster), Math.max(1, index)); compare(); };
  const caption = element("figcaption", { title: member.uri }, element("span", { class: "tag" }, keep ? "best copy" : member.match), " ", base(member.uri), element("br"));
  const facts = element("span", { class: "soft" }, `${member.width} × ${member.height}, ${size(member.bytes)}`);
  if (!keep) facts.append(element("br"), member.is + (member.pair ? `, probability ${member.pair.probability.toFixed(3)}` : ""));
  if (member.pair) facts.append(element("br"), `SSIM ${member.pair.ssim.toFixed(3)}, ${member.edits.join(", ")}`);
  facts.append(element("br"), member.reason);
  if (!keep && !member.reclaimable) facts.append(element("br"), "not reclaimable");
  caption.append(facts);
  if (!keep && verdict) caption.append(element("br"), element("span", { class: "tag verdict" }, verdict));
  return element("figure", { class: keep ? "keep" : "" }, frame, caption);
}

function card(cluster) {
  const title = element("h3", {}, `${cluster.size} images `, element("span", { class: "soft small" }, `· ${size(cluster.bytes)} reclaimable · ${cluster.id.slice(0, 12)}${cluster.change ? " · " + cluster.change : ""}`));
  const members = element("div", { class: "members" }, ...cluster.members.map((member, index) => figure(cluster, member, index)));
  const made = element("section", { class: "cluster", id: cluster.id }, title, members);
  if (cluster.hidden > 0) made.append(element("p", { class: "soft small" }, `and ${cluster.hidden} more`));
  return made;
}

const SORTS = {
  size: (a, b) => b.size - a.size || (a.id < b.id ? -1 : 1),
  bytes: (a, b) => b.bytes - a.bytes || (a.id < b.id ? -1 : 1),
  score: (a, b) => a.score - b.score || (a.id < b.id ? -1 : 1),
  id: (a, b) => (a.id < b.id ? -1 : 1),
};

function choose() {
  const form = $("bar").elements, text = form.text.value.toLowerCase(), kind = form.kind.value;
  state.order = data.clusters.filter((c) => (!kind || c.kinds.includes(kind)) && (!text || c.members.some((m) => m.uri.toLowerCase().includes(text)))).sort(SORTS[form.sort.value]);
  state.drawn = 0;
  state.cluster = -1;
  $("clusters").replaceChildren();
  $("shown").textContent = `${state.order.length.toLocaleString("en")} of ${data.clusters.length.toLocaleString("en")}`;
  draw(PAGE);
}

function draw(until) {
  const next = state.order.slice(state.drawn, until).map(card);
  state.drawn += next.length;
  $("clusters").append(...next);
}

function go(cluster, member = 1) {
  if (!state.order.length) return;
  state.cluster = Math.min(Math.max(cluster, 0), state.order.length - 1);
  const members = state.order[state.cluster].members;
  state.member = Math.min(Math.max(member, 1), members.length - 1);
  if (state.cluster >= state.drawn) draw(state.cluster + PAGE);
  document.querySelectorAll(".current, .at").forEach((e) => e.classList.remove("current", "at"));
  const at = $("clusters").children[state.cluster];
  at.classList.add("current");
  at.querySelectorAll("figure")[state.member]?.classList.add("at");
  at.scrollIntoView({ block: "nearest" });
  if ($("compare").open) show();
}

function compare() {
  if (state.cluster < 0) go(0);
  if (!$("compare").open) $("compare").showModal();
  show();
}

async function picture(member) {
  const image = new Image();
  image.src = "data:image/jpeg;base64," + member.thumbnail;
  await image.decode();
  return image;
}

// Pixels of the original of the copy -> pixels of the best copy, at the size of the thumbnails.
function alignment(best, copy, a, b) {
  let [p, q, r, s, t, u] = copy.pair ? copy.pair.transform : [best.width / copy.width, 0, 0, 0, best.height / copy.height, 0];
  if (copy.pair && copy.pair.from_best) {
    const d = p * t - q * s;
    [p, q, r, s, t, u] = [t / d, -q / d, (q * u - t * r) / d, -s / d, p / d, (s * r - p * u) / d];
  }
  const kx = a.width / best.width, ky = a.height / best.height, lx = copy.width / b.width, ly = copy.height / b.height;
  return [p * kx * lx, s * ky * lx, q * kx * ly, t * ky * ly, r * kx, u * ky];
}

// The box that disagrees most, on a picture that is drawn at this size.
function outline(context, box, width, height, thin = 1) {
  if (!box) return;
  context.globalCompositeOperation = "source-over";
  context.globalAlpha = 1;
  context.strokeStyle = "#f04438";
  context.lineWidth = 2 / thin;
  context.strokeRect(box[0] * width, box[1] * height, box[2] * width, box[3] * height);
}

async function show() {
  const cluster = state.order[state.cluster], best = cluster.members[0], copy = cluster.members[state.member];
  const zoom = 4, [a, b] = await Promise.all([picture(best), picture(copy)]);
  const canvas = () => element("canvas", { width: a.width * zoom, height: a.height * zoom });
  document.querySelectorAll("[data-view]").forEach((e) => e.classList.toggle("on", e.dataset.view === state.view));
  $("blend").hidden = state.view !== "overlay";
  if (state.view === "side") {
    const sides = [a, b].map((image, end) => {
      const side = element("canvas", { width: image.width * zoom, height: image.height * zoom });
      const context = side.getContext("2d");
      context.drawImage(image, 0, 0, side.width, side.height);
      outline(context, copy.boxes && copy.boxes[end], side.width, side.height);
      return side;
    });
    $("stage").replaceChildren(...sides);
  } else {
    const only = canvas(), context = only.getContext("2d");
    context.scale(zoom, zoom);
    context.drawImage(a, 0, 0);
    context.globalCompositeOperation = state.view === "difference" ? "difference" : "source-over";
    context.globalAlpha = state.view === "difference" ? 1 : Number($("blend").value);
    context.save();
    context.transform(...alignment(best, copy, a, b));
    context.drawImage(b, 0, 0);
    context.restore();
    outline(context, copy.boxes && copy.boxes[0], a.width, a.height, zoom);
    $("stage").replaceChildren(only);
  }
  const pair = copy.pair, verdict = state.verdicts.get(key(cluster, copy));
  const facts = pair
    ? `${copy.is}, probability ${pair.probability.toFixed(3)} · SSIM ${pair.ssim.toFixed(3)} (luminance ${percent(pair.luminance)}, contrast ${percent(pair.contrast)}, structure ${percent(pair.structure)}) · cosine ${percent(pair.cosine)} · Jaccard ${percent(pair.jaccard)} · overlap ${percent(pair.overlap)} · ${copy.edits.join(", ")} · found by ${pair.proposed_by.join(" and ")}`
    : { exact: "the same bytes", pixels: "the same pixels" }[copy.match] || "the same pixels as a confirmed copy";
  $("facts").replaceChildren(element("p", {}, `${state.member} of ${cluster.members.length - 1}: `, element("b", {}, copy.uri)), element("p", { class: "soft" }, "kept: " + best.uri), element("p", {}, facts), element("p", { class: "soft" }, copy.reason + (verdict ? " · you said: " + verdict : "")));
}

function judge(verdict) {
  const cluster = state.order[state.cluster], copy = cluster && cluster.members[state.member];
  if (!copy || copy.hash === cluster.members[0].hash) return;
  const name = key(cluster, copy);
  state.verdicts.get(name) === verdict ? state.verdicts.delete(name) : state.verdicts.set(name, verdict);
  const at = $("clusters").children[state.cluster];
  at.replaceWith(card(cluster));
  $("export").hidden = !state.verdicts.size;
  $("export").textContent = `Export ${state.verdicts.size} verdict${state.verdicts.size > 1 ? "s" : ""}`;
  go(state.cluster, state.member);
}

function verdictsFile() {
  const now = new Date().toISOString();
  const rows = [...state.verdicts].map(([name, verdict]) => `${name},${verdict},,${now},`);
  return ["content_hash_a,content_hash_b,verdict,author,time,note", ...rows].join("\n") + "\n";
}

function save() {
  const link = element("a", { download: "verdicts.csv", href: URL.createObjectURL(new Blob([verdictsFile()], { type: "text/csv" })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function look(view) {
  state.view = view;
  compare();
}

const KEYS = {
  j: () => go(state.cluster + 1), k: () => go(state.cluster - 1),
  n: () => go(state.cluster, state.member + 1), p: () => go(state.cluster, state.member - 1),
  Enter: compare, s: () => look("side"), o: () => look("overlay"), d: () => look("difference"),
  x: () => judge("not duplicates"), y: () => judge("duplicates"), "?": () => $("keys").showModal(),
};

if ($("bar")) {
  for (const name of ["input", "change"]) $("bar").addEventListener(name, choose);
  $("bar").addEventListener("submit", (event) => event.preventDefault());
  $("export").onclick = save;
  $("help").onclick = KEYS["?"];
  $("close").onclick = () => $("compare").close();
  $("blend").oninput = show;
  document.querySelectorAll("[data-view]").forEach((e) => (e.onclick = () => look(e.dataset.view)));
  document.querySelectorAll("[data-verdict]").forEach((e) => (e.onclick = () => judge(e.dataset.verdict)));
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input[type=search], select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = KEYS[event.key];
    if (act && !(event.key === "Enter" && event.target.matches("button"))) { event.preventDefault(); act(); }
  });
  new IntersectionObserver((entries) => entries[0].isIntersecting && draw(state.drawn + PAGE), { rootMargin: "1500px" }).observe($("more"));
  choose();
  if (location.hash) go(state.order.findIndex((c) => c.id === location.hash.slice(1)));
  addEventListener("hashchange", () => go(state.order.findIndex((c) => c.id === location.hash.slice(1))));
}
