"use strict";
// What a page of clusters has in common, as a file and served: cards, the comparison of two pictures, keys. `page` says
// where thumbnails come from and where verdicts go; `report.js` or `review.js`, which follows, fills it in.
const $ = (id) => document.getElementById(id);
const state = { order: [], drawn: 0, cluster: -1, member: 1, view: "side", verdicts: new Map() };
const page = {
  thumbnail: null, // member -> address of its thumbnail
  picture: null, // member -> address of what is compared
  zoom: (image) => 4, // by which that is drawn
  judged: null, // (cluster, copy, verdict): a person said so
  beyond: (step) => {}, // j or k, where there is no further cluster
  more: null, // (cluster): show members that are hidden
};

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
  const picture = element("img", { alt: "", src: page.thumbnail(member), loading: "lazy" });
  const shot = element("span", { class: "shot" }, picture);
  const box = member.boxes && member.boxes[1];
  if (box) {
    const worst = element("span", { class: "worst", title: "disagrees most" });
    ["left", "top", "width", "height"].forEach((side, at) => (worst.style[side] = `${100 * box[at]}%`));
    shot.append(worst);
  }
  const frame = element("button", { class: "frame", type: "button", title: member.uri }, shot);
  frame.onclick = () => { go(state.order.indexOf(cluster), Math.max(1, index)); compare(); };
  const caption = element("figcaption", { title: member.uri }, element("span", { class: "tag" }, keep && !cluster.pair ? "best copy" : member.match), " ", base(member.uri), element("br"));
  const facts = element("span", { class: "soft" }, `${member.width} × ${member.height}, ${size(member.bytes)}`);
  if (!keep) facts.append(element("br"), member.is + (member.pair ? `, probability ${member.pair.probability.toFixed(3)}` : ""));
  if (member.pair) facts.append(element("br"), `SSIM ${member.pair.ssim.toFixed(3)}, ${member.edits.join(", ")}`);
  for (const said of member.said || []) facts.append(element("br"), element("b", {}, said));
  if (member.reason) facts.append(element("br"), member.reason);
  if (!keep && member.reclaimable === false) facts.append(element("br"), "not reclaimable");
  caption.append(facts);
  if (!keep && verdict) caption.append(element("br"), element("span", { class: "tag verdict" }, verdict));
  return element("figure", { class: keep && !cluster.pair ? "keep" : "" }, frame, caption);
}

function card(cluster) {
  const told = cluster.pair ? "" : `· ${size(cluster.bytes)} reclaimable · ${cluster.id.slice(0, 12)}${cluster.change ? " · " + cluster.change : ""}`;
  const title = element("h3", {}, cluster.pair || `${cluster.size} images `, element("span", { class: "soft small" }, told));
  const members = element("div", { class: "members" }, ...cluster.members.map((member, index) => figure(cluster, member, index)));
  const made = element("section", { class: "cluster", id: cluster.id }, title, members);
  if (cluster.hidden > 0) {
    const rest = `and ${cluster.hidden.toLocaleString("en")} more`;
    const more = page.more ? element("button", { type: "button" }, rest) : element("p", { class: "soft small" }, rest);
    more.onclick = () => page.more(cluster);
    made.append(more);
  }
  return made;
}

function draw(until) {
  const next = state.order.slice(state.drawn, until).map(card);
  state.drawn += next.length;
  $("clusters").append(...next);
}

function go(cluster, member = 1) {
  if (!state.order.length) return;
  if (cluster < 0 || cluster >= state.order.length) page.beyond(cluster < 0 ? -1 : 1);
  state.cluster = Math.min(Math.max(cluster, 0), state.order.length - 1);
  const members = state.order[state.cluster].members;
  state.member = Math.min(Math.max(member, 1), members.length - 1);
  if (state.cluster >= state.drawn) draw(state.cluster + 30);
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
  image.src = page.picture(member);
  await image.decode();
  return image;
}

// Pixels of the original of the copy -> pixels of the best copy, at the size of the pictures that are drawn.
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
  const [a, b] = await Promise.all([picture(best), picture(copy)]), zoom = page.zoom(a);
  const canvas = () => element("canvas", { width: a.width * zoom, height: a.height * zoom });
  document.querySelectorAll("[data-view]").forEach((e) => e.classList.toggle("on", e.dataset.view === state.view));
  $("blend").hidden = state.view !== "overlay";
  if (state.view === "side") {
    const sides = [a, b].map((image, end) => {
      const side = element("canvas", { width: image.width * page.zoom(image), height: image.height * page.zoom(image) });
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
  $("facts").replaceChildren(element("p", {}, `${state.member} of ${cluster.members.length - 1}: `, element("b", {}, copy.uri)), element("p", { class: "soft" }, (cluster.pair ? "first: " : "kept: ") + best.uri), element("p", {}, facts), element("p", { class: "soft" }, [copy.reason, verdict && "you said: " + verdict].filter(Boolean).join(" · ")));
}

function judge(verdict) {
  const cluster = state.order[state.cluster], copy = cluster && cluster.members[state.member];
  if (copy && copy.hash !== cluster.members[0].hash) page.judged(cluster, copy, verdict);
}

function redraw(cluster) {
  $("clusters").children[state.order.indexOf(cluster)]?.replaceWith(card(cluster));
  go(state.cluster, state.member);
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

function listen() {
  $("help").onclick = KEYS["?"];
  $("close").onclick = () => $("compare").close();
  $("blend").oninput = show;
  $("bar").addEventListener("submit", (event) => event.preventDefault());
  document.querySelectorAll("[data-view]").forEach((e) => (e.onclick = () => look(e.dataset.view)));
  document.querySelectorAll("[data-verdict]").forEach((e) => (e.onclick = () => judge(e.dataset.verdict)));
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input:not([type=range]), select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = KEYS[event.key];
    if (act && !(event.key === "Enter" && event.target.matches("button"))) { event.preventDefault(); act(); }
  });
}
