"use strict";
const changes = [...document.querySelectorAll("details.entry")];
for (const tools of document.querySelectorAll(".tools")) tools.hidden = false;
const on = (id, event, act) => document.getElementById(id)?.addEventListener(event, act);
on("filter", "input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const change of changes) {
    const text = change.querySelector("summary").textContent.toLowerCase();
    change.hidden = !words.every((word) => text.includes(word));
  }
});
on("unfold", "click", () => changes.forEach((change) => { change.open = true; }));
on("fold", "click", () => changes.forEach((change) => { change.open = false; }));
on("download", "click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([document.getElementById("data").textContent], { type: "application/json" }));
  link.download = "reconcile.json";
  link.click();
});
