// Keeps the page current: the server sends the page again when it changed, and this swaps in what
// differs. Without it the page still works, and reloads by itself.
"use strict";
(() => {
  const sign = () => document.getElementById("live");

  function say(state, word, stamp) {
    const live = sign();
    if (!live) return;
    live.dataset.state = state;
    live.querySelector(".live-word").textContent = word;
    if (stamp) live.querySelector(".live-stamp").textContent = stamp;
  }

  // Makes `from` what `to` is and touches nothing that is the same, so that focus, selection and
  // scrolling stay.
  function morph(from, to) {
    if (from.isEqualNode(to)) return;
    if (from.nodeType !== Node.ELEMENT_NODE || from.nodeName !== to.nodeName) {
      from.replaceWith(document.importNode(to, true));
      return;
    }
    for (const { name } of [...from.attributes]) {
      if (!to.hasAttribute(name)) from.removeAttribute(name);
    }
    for (const { name, value } of [...to.attributes]) {
      if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
    const [old, fresh] = [[...from.childNodes], [...to.childNodes]];
    fresh.forEach((child, index) => {
      if (index < old.length) morph(old[index], child);
      else from.append(document.importNode(child, true));
    });
    old.slice(fresh.length).forEach((child) => child.remove());
  }

  function show(html) {
    const next = new DOMParser().parseFromString(html, "text/html");
    const [now, then] = [document.getElementById("main"), next.getElementById("main")];
    if (!now || !then) return;
    morph(now, then);
    document.title = next.title;
    say("live", "live", next.querySelector(".live-stamp")?.textContent);
  }

  const page = location.pathname + location.search;
  const stream = new EventSource("/live?page=" + encodeURIComponent(page));
  stream.addEventListener("open", () => say("live", "live"));
  stream.addEventListener("page", (event) => show(event.data));
  stream.addEventListener("tick", (event) => say("live", "live", event.data));
  stream.addEventListener("error", () => say("lost", "reconnecting, as of"));
})();
