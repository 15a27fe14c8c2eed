// What the page cannot do without scripts: copying, printing, and looking for new orders by itself.
'use strict';

const REFRESH_MS = 10_000;
const toast = document.querySelector('.toast');
let toastTimer;

function say(text) {
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { toast.hidden = true; }, 2500);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say(document.body.dataset.copied);
  } catch {
    say(document.body.dataset.notCopied);
  }
}

for (const element of document.querySelectorAll('.scripted')) element.hidden = false;

document.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.copy !== undefined) copy(button.dataset.copy);
  if (button.dataset.copyFrom) copy(document.getElementById(button.dataset.copyFrom).textContent);
  if (button.dataset.print !== undefined) window.print();
});

// a list is filtered as soon as it is chosen from
for (const select of document.querySelectorAll('.filter select')) {
  select.addEventListener('change', () => select.form.requestSubmit());
}

const rows = document.getElementById('rows');

async function refresh() {
  if (document.hidden || !rows) return;
  const address = new URL(rows.dataset.source, location.href);
  if (rows.dataset.current) address.searchParams.set('current', rows.dataset.current);
  const answer = await fetch(address, { credentials: 'same-origin', redirect: 'error' });
  if (answer.status === 401) {
    location.assign('/agent/sign-in');
    return;
  }
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  // whoever is in the list with the keyboard stays where they are
  const focused = rows.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  rows.replaceChildren(...fresh.body.childNodes);
  for (const element of rows.querySelectorAll('.scripted')) element.hidden = false;
  if (focused) rows.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  const shown = document.querySelector('main[data-changed]')?.dataset.changed;
  const present = rows.querySelector('[data-changed]')?.dataset.changed;
  const notice = document.querySelector('.msg.changed');
  if (notice && shown && present && shown !== present) notice.hidden = false;
}

setInterval(() => { refresh().catch(() => {}); }, REFRESH_MS);
document.addEventListener('visibilitychange', () => { refresh().catch(() => {}); });
