"use strict";
// The report as a file: all that it shows is in it, and verdicts are exported.
const data = JSON.parse(document.getElementById("data").textContent);
const PAGE = 30;

page.thumbnail = page.picture = (member) => "data:image/jpeg;base64," + member.thumbnail;
page.judged = (cluster, copy, verdict) => {
  const name = key(cluster, copy);
  state.verdicts.get(name) === verdict ? state.verdicts.delete(name) : state.verdicts.set(name, verdict);
  $("export").hidden = !state.verdicts.size;
  $("export").textContent = `Export ${state.verdicts.size} verdict${state.verdicts.size > 1 ? "s" : ""}`;
  redraw(cluster);
};

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

if ($("bar")) {
  for (const name of ["input", "change"]) $("bar").addEventListener(name, choose);
  $("export").onclick = save;
  listen();
  new IntersectionObserver((entries) => entries[0].isIntersecting && draw(state.drawn + PAGE), { rootMargin: "1500px" }).observe($("more"));
  choose();
  if (location.hash) go(state.order.findIndex((c) => c.id === location.hash.slice(1)));
  addEventListener("hashchange", () => go(state.order.findIndex((c) => c.id === location.hash.slice(1))));
}
