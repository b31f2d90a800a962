"use strict";
// Narrows the page to what has all the words that are typed. Without scripts the page is whole and the browser's own search works.
const search = document.getElementById("search");
const entries = [...document.querySelectorAll("[data-find]")].map((element) => ({
  element,
  text: (element.dataset.find + " " + (element.tagName === "LI" ? "" : element.textContent)).toLowerCase(),
}));
const articles = entries.filter(({ element }) => element.tagName === "ARTICLE");

function narrow() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = new Set();
  for (const { element, text } of entries) {
    if (element.tagName === "LI") continue;
    element.hidden = !words.every((word) => text.includes(word));
    if (!element.hidden) shown.add("#" + element.id);
  }
  for (const { element } of entries) {
    if (element.tagName === "LI") element.hidden = words.length > 0 && !shown.has(element.firstElementChild.getAttribute("href"));
  }
  for (const group of document.querySelectorAll("nav .group")) {
    group.hidden = !group.querySelector("li:not([hidden])");
  }
  document.getElementById("nothing").hidden = shown.size > 0 || articles.length === 0;
}

search.addEventListener("input", narrow);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && document.activeElement === search) {
    search.value = "";
    narrow();
  }
});
