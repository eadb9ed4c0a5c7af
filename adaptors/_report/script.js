
"use strict";
// Without this script the page shows the same; only tables cannot be searched and sorted.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...cell.childNodes);
    cell.append(button);
    button.addEventListener("click", () => {
      const descending = cell.getAttribute("aria-sort") === "ascending";
      const value = (row) => cell.dataset.kind === "number"
        ? Number(row.cells[column].dataset.value) : row.cells[column].textContent;
      const order = (a, b) => cell.dataset.kind === "number" ? a - b : a.localeCompare(b);
      const rows = [...body.rows].sort((a, b) => order(value(a), value(b)) * (descending ? -1 : 1));
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
      body.append(...rows);
    });
  });
}
for (const block of document.querySelectorAll(".searched")) {
  const search = block.querySelector(".search");
  const count = search.querySelector("output");
  const rows = [...block.querySelectorAll("tbody tr")].map((row) => [row, row.textContent.toLowerCase()]);
  search.hidden = false;
  search.querySelector("input").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = words.length ? `${shown} of ${rows.length}` : "";
  });
}
const openTarget = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
};
addEventListener("hashchange", openTarget);
openTarget();
const closed = [];
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details:not([open])")) { each.open = true; closed.push(each); }
});
addEventListener("afterprint", () => { for (const each of closed.splice(0)) each.open = false; });
