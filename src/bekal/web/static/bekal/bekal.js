// Small comforts. Every page works without them.
(() => {
  "use strict";

  // A form that spends money is sent once, however often its button is pressed.
  for (const form of document.querySelectorAll("form[data-once]")) {
    const button = form.querySelector("button:not([type='button'])");
    const label = button.textContent;
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) {
        event.preventDefault();
        return;
      }
      sent = true;
      button.setAttribute("aria-disabled", "true");
      button.textContent = form.dataset.once;
    });
    // The browser's back button shows the page as it was left.
    window.addEventListener("pageshow", () => {
      sent = false;
      button.removeAttribute("aria-disabled");
      button.textContent = label;
    });
  }

  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.copied;
    });
  }

  // A password can be looked at while it is typed; it is sent, and kept by browsers, as a password.
  for (const reveal of document.querySelectorAll(".reveal")) {
    const field = document.getElementById(reveal.getAttribute("aria-controls"));
    const shown = [[reveal.value, reveal.getAttribute("aria-label")], [reveal.dataset.hide, reveal.dataset.hideLabel]];
    const show = (is) => {
      field.type = is ? "text" : "password";
      const [word, label] = shown[Number(is)];
      reveal.value = word;
      reveal.setAttribute("aria-label", label);
    };
    reveal.hidden = false;
    reveal.addEventListener("click", () => {
      show(field.type === "password");
      field.focus();
    });
    field.form.addEventListener("submit", () => show(false));
  }

  // What went wrong is read first.
  document.querySelector("[data-focus]")?.focus();

  // A shelf that came into view is reported, so that what nobody saw is not taken for what nobody wanted.
  const shelves = document.querySelectorAll("[data-impression]");
  if (shelves.length && window.IntersectionObserver) {
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const watching = new IntersectionObserver((entries) => {
      const seen = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
      if (!seen.length) return;
      seen.forEach((shelf) => watching.unobserve(shelf));
      const report = new URLSearchParams({ csrfmiddlewaretoken: token });
      seen.forEach((shelf) => report.append("key", shelf.dataset.impression));
      fetch(seen[0].dataset.report, { method: "POST", body: report, keepalive: true }).catch(() => {});
    });
    shelves.forEach((shelf) => watching.observe(shelf));
  }

  // Results follow while one types; the address follows too.
  for (const form of document.querySelectorAll("form[data-live]")) {
    const places = form.dataset.live.split(" ").map((id) => document.getElementById(id));
    let timer;
    let running;
    const refresh = async () => {
      running?.abort();
      running = new AbortController();
      const asked = new URLSearchParams(new FormData(form));
      const address = `${form.getAttribute("action")}?${asked}`;
      places.forEach((place) => place.setAttribute("aria-busy", "true"));
      try {
        const answer = await fetch(address, { signal: running.signal });
        if (!answer.ok || answer.redirected) throw new Error(answer.status);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const place of places) {
          place.replaceChildren(...page.getElementById(place.id).childNodes);
          place.removeAttribute("aria-busy");
        }
        history.replaceState(null, "", address);
      } catch (error) {
        if (error.name !== "AbortError") form.submit();
      }
    };
    form.addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(refresh, event.target.type === "search" ? 300 : 0);
    });
  }
})();
