"use strict";
// Without this script the page shows the same, but for the later rows of long tables; only nothing can be searched and sorted.
const PAGE = 200;
// Each row is a function that makes or finds it, the text in which words are searched, and what sorts it by a column.
const written = (table) => [...table.tBodies[0].rows].map((row) => ({
  element: () => row,
  text: () => row.textContent,
  order: (column) => row.cells[column].dataset.value === undefined
    ? row.cells[column].textContent : Number(row.cells[column].dataset.value),
}));
const fromData = (table, { texts, rows }) => rows.map((places) => ({
  element: () => {
    const row = document.createElement("tr");
    places.forEach((place, column) => {
      const cell = row.insertCell();
      cell.textContent = texts[column][place];
      cell.className = table.tHead.rows[0].cells[column].dataset.kind;
    });
    return row;
  },
  text: () => places.map((place, column) => texts[column][place]).join(" "),
  order: (column) => places[column],
}));
const compared = (one, other) => typeof one === "number" ? one - other : one.localeCompare(other);

for (const block of document.querySelectorAll(".searched")) {
  const table = block.querySelector("table");
  const data = block.querySelector("script");
  const rows = data ? fromData(table, JSON.parse(data.textContent)) : written(table);
  const size = data ? PAGE : rows.length;
  const [search, rest] = [block.querySelector(".search"), block.querySelector(".rest")];
  let [found, first] = [rows, 0];
  const show = (from) => {
    first = Math.max(0, Math.min(from, found.length - 1));
    table.tBodies[0].replaceChildren(...found.slice(first, first + size).map((row) => row.element()));
    search.querySelector("output").textContent = found.length < rows.length ? `${found.length} of ${rows.length}` : "";
    if (rest) rest.querySelector("span").textContent = found.length
      ? `Rows ${first + 1} to ${Math.min(first + size, found.length)} of ${found.length}.` : "No row has these words.";
    if (rest) [rest.querySelector(".previous").disabled, rest.querySelector(".next").disabled] =
      [first === 0, first + size >= found.length];
  };
  search.hidden = false;
  search.querySelector("input").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = rows.filter((row) => {
      row.searched ??= row.text().toLowerCase();
      return words.every((word) => row.searched.includes(word));
    });
    show(0);
  });
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...cell.childNodes);
    cell.append(button);
    button.addEventListener("click", () => {
      const sign = cell.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
      for (const each of [rows, found]) each.sort((one, other) => sign * compared(one.order(column), other.order(column)));
      show(0);
    });
  });
  if (rest) {
    for (const [name, step] of [["previous", -size], ["next", size]]) {
      const button = document.createElement("button");
      [button.type, button.className, button.textContent] = ["button", name, name];
      button.addEventListener("click", () => show(first + step));
      rest.append(" ", button);
    }
    show(0);
  }
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
