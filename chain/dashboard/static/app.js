"use strict";
// Sorting of tables, and the check of payout proofs. Nothing is fetched.
(function () {
  const value = (cell) => {
    const text = cell.textContent.trim();
    const number = parseFloat(text.replace(/[,%+]/g, ""));
    return /^[-+]?[0-9]/.test(text) && !Number.isNaN(number) ? number : text.toLowerCase();
  };

  function compare(a, b) {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  }

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const falling = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const rows = Array.from(table.tBodies[0].rows);
        rows.sort((a, b) => compare(value(a.cells[column]), value(b.cells[column])) * (falling ? -1 : 1));
        table.tBodies[0].append(...rows);
      });
    });
  }

  const leaves = document.getElementById("leaves");
  if (leaves) {
    const root = document.getElementById("root").textContent.trim();
    const sum = document.getElementById("sum").textContent.trim();
    const rows = Array.from(leaves.tBodies[0].rows);
    const check = (row) => {
      const proof = JSON.parse(row.dataset.proof);
      const good = window.weighhouse.stands(proof, row.querySelector("input").value.trim(), root, sum);
      const verdict = row.querySelector(".verdict");
      verdict.textContent = good ? "\u2713 under the root" : "\u2717 not under the root";
      verdict.className = `verdict ${good ? "good" : "bad"}`;
      return good;
    };
    for (const row of rows) {
      const input = row.querySelector("input");
      input.value = JSON.parse(row.dataset.proof).cumulative;
      input.addEventListener("input", () => check(row));
    }
    const all = () => {
      const good = rows.filter(check).length;
      const output = document.getElementById("checked");
      output.textContent = `${good} of ${rows.length} stand under the root`;
      output.className = good === rows.length ? "good" : "bad";
    };
    document.getElementById("check-all").addEventListener("click", all);
    if (rows.length <= 50) all();
  }
})();
