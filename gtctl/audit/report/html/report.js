"use strict";
// Search, filters and unfolding. Without this script everything is shown.
(() => {
  const text = new WeakMap();
  // What the search looks at: the row itself, and what stands above it.
  const words = (row) => {
    if (!text.has(row)) {
      const above = row.closest("details")?.querySelector("summary")?.textContent ?? "";
      text.set(row, `${row.textContent} ${above}`.toLowerCase());
    }
    return text.get(row);
  };

  for (const form of document.querySelectorAll("form.filters")) {
    const section = document.getElementById(form.dataset.for);
    const rows = [...section.querySelectorAll("[data-row]")];
    const groups = [...section.querySelectorAll("[data-group]")];
    const folded = groups.filter((group) => group.tagName === "DETAILS" && !group.open);
    const selects = [...form.querySelectorAll("select")];
    const apply = () => {
      const terms = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = selects.filter((select) => select.value !== "");
      let shown = 0;
      for (const row of rows) {
        const fits =
          chosen.every((select) => (row.dataset[select.name] ?? "").split(" ").includes(select.value)) &&
          terms.every((term) => words(row).includes(term));
        row.classList.toggle("off", !fits);
        shown += fits;
      }
      const filtered = terms.length > 0 || chosen.length > 0;
      for (const group of groups) {
        group.classList.toggle("off", !group.querySelector("[data-row]:not(.off)"));
      }
      for (const group of folded) {
        group.open = filtered;
      }
      for (const part of section.querySelectorAll("tbody:has(> .part)")) {
        part.classList.toggle("off", !part.querySelector("[data-row]:not(.off)"));
      }
      form.querySelector("output").textContent = filtered
        ? `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`
        : "";
    };
    let waiting = 0;
    form.addEventListener("input", () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(apply);
    });
    form.addEventListener("reset", () => setTimeout(apply));
    form.addEventListener("submit", (event) => event.preventDefault());
    const fold = form.querySelector("[data-fold]");
    fold?.addEventListener("click", () => {
      const open = fold.textContent !== "Fold all";
      for (const group of groups) {
        group.open = open;
      }
      fold.textContent = open ? "Fold all" : "Unfold all";
    });
    form.hidden = false;
    // The browser may remember what was typed before the page was loaded again.
    apply();
  }

  // A link into something folded unfolds it.
  const unfold = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") {
        at.open = true;
      }
    }
  };
  addEventListener("hashchange", unfold);
  unfold();

  // For browsers that cannot unfold by style when they print.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const each of closed) {
      each.open = true;
    }
  });
  addEventListener("afterprint", () => {
    for (const each of closed) {
      each.open = false;
    }
  });
})();
