// What pages gain by script. Delegated listeners only, so swapped fragments need no set-up; no inline handlers, no eval.
(() => {
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const root = document.documentElement, on = (type, run, options) => document.addEventListener(type, run, options);
  const phone = matchMedia('(max-width: 47.99rem)');

  // Menus are <details>: script adds closing from outside, arrows, type-ahead and Escape.
  const closeMenus = except => $$('details.menu[open]').forEach(menu => menu !== except && (menu.open = false));
  const menuItems = menu => $$('a, button', $('.menu-panel', menu));
  let typed = '', typedAt = 0;
  const menuKey = (event, menu) => {
    const items = menuItems(menu), at = items.indexOf(document.activeElement), inside = at >= 0;
    const go = n => { event.preventDefault(); menu.open = true; items.at(n % items.length)?.focus(); };
    if (event.key === 'Escape' && menu.open) { event.preventDefault(); menu.open = false; $('summary', menu).focus(); }
    else if (event.key === 'ArrowDown') go(inside ? at + 1 : 0);
    else if (event.key === 'ArrowUp') go(inside ? at - 1 : -1);
    else if (inside && event.key === 'Home') go(0);
    else if (inside && event.key === 'End') go(-1);
    else if (inside && event.key.length === 1 && event.key !== ' ' && !event.metaKey && !event.ctrlKey) {
      typed = (Date.now() - typedAt < 600 ? typed : '') + event.key.toLowerCase(); typedAt = Date.now();
      const hit = items.findIndex(item => item.textContent.trim().toLowerCase().startsWith(typed));
      if (hit >= 0) go(hit);
    }
  };
  on('focusout', event => {
    const menu = event.target.closest('details.menu[open]');
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });

  // The sidebar: slides over the page on a phone, folds away on a desk.
  const side = $('#sidebar');
  let opener;
  const setSidebar = open => {
    if (phone.matches) {
      if (open) { opener = document.activeElement; root.dataset.sidebar = 'open'; } else delete root.dataset.sidebar;
      $$('.page, #tabbar').forEach(part => { part.inert = open; });
      if (open) $('a', side).focus(); else opener?.focus();
      return;
    }
    if (open) delete root.dataset.sidebar; else root.dataset.sidebar = 'closed';
    document.cookie = `side=${open ? 1 : 0};path=/;max-age=31536000;samesite=lax`;
  };
  phone.addEventListener('change', () => { delete root.dataset.sidebar; $$('.page, #tabbar').forEach(part => { part.inert = false; }); });

  // Toasts come from the server; here only their time runs out, unless somebody reads them.
  const box = $('#toaster'), timers = new Map();
  const dropToast = toast => { clearTimeout(timers.get(toast)); toast.ariaHidden = 'true'; setTimeout(() => toast.remove(), 320); };
  const armToast = toast => timers.set(toast, setTimeout(() => dropToast(toast), Number(toast.dataset.duration) || 6000));
  const holdToasts = hold => () => $$('.toast', box).forEach(toast => { clearTimeout(timers.get(toast)); if (!hold) armToast(toast); });
  $$('.toast', box).forEach(armToast);
  new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => node.classList?.contains('toast') && armToast(node)))).observe(box, { childList: true });
  for (const [type, hold] of [['mouseenter', true], ['focusin', true], ['mouseleave', false], ['focusout', false]]) box.addEventListener(type, holdToasts(hold));
  const sayFailed = () => box.append($('#toast-failed').content.firstElementChild.cloneNode(true));

  // A failed fragment request never replaces what is on the page.
  on('htmx:before:swap', event => { if (event.detail?.ctx?.response?.status >= 500) { event.preventDefault(); sayFailed(); } });
  on('htmx:error', sayFailed);

  const copy = async button => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
    const [before, after] = [$('[data-said]', button), $('[data-done]', button)];
    before.hidden = true; after.hidden = false;
    setTimeout(() => { before.hidden = false; after.hidden = true; }, 2500);
  };
  const setTheme = button => {
    const form = button.form, chosen = new FormData(form, button);
    root.dataset.theme = button.value;
    $$('[data-theme-form] button').forEach(other => { other.ariaPressed = String(other.value === button.value); });
    fetch(form.action, { method: 'POST', body: chosen, headers: { accept: 'text/html' } }).then(answer => { if (!answer.ok) sayFailed(); }, sayFailed);
  };

  on('click', event => {
    const hit = selector => event.target.closest(selector);
    closeMenus(hit('details.menu'));
    const theme = hit('[data-theme-form] button');
    if (theme) { event.preventDefault(); return setTheme(theme); }
    if (hit('[data-sidebar-toggle]')) return setSidebar(root.dataset.sidebar === 'closed');
    if (hit('[data-sidebar-open]')) { event.preventDefault(); return setSidebar(true); }
    if (hit('[data-sidebar-close]')) { event.preventDefault(); return setSidebar(false); }
    const source = hit('[data-copy]');
    if (source) return copy(source);
    if (hit('[data-print]')) return print();
    const toast = hit('[data-dismiss]')?.closest('.toast');
    if (toast) return dropToast(toast);
    // Dialogs are popovers without script; with it they are modal, so focus stays inside.
    const opens = hit('[popovertarget]:not([data-close])'), dialog = opens && document.getElementById(opens.getAttribute('popovertarget'));
    if (dialog instanceof HTMLDialogElement) { event.preventDefault(); dialog.removeAttribute('popover'); return dialog.showModal(); }
    const open = hit('dialog[open]');
    if (open && (hit('[data-close]') || event.target === open)) { event.preventDefault(); open.close(); }
  });
  on('keydown', event => {
    const menu = event.target.closest('details.menu');
    if (menu) return menuKey(event, menu);
    if (event.key !== 'Escape') { $$('.tip[data-hushed]').forEach(tip => delete tip.dataset.hushed); return; }
    $$('.tip').forEach(tip => { tip.dataset.hushed = ''; });
    if (phone.matches && root.dataset.sidebar === 'open') setSidebar(false);
  });
  on('pointerover', event => { const tip = event.target.closest?.('.tip[data-hushed]'); if (tip) delete tip.dataset.hushed; });

  // The browser knows the time zone better than its languages do; only where nobody has chosen yet.
  const zone = $('[data-guess-zone] [name=time_zone]'), here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && $$('option', zone).some(option => option.value === here)) zone.value = here;
  on('input', event => {
    const other = event.target.type === 'color' && $('[name=palette][value=other]', event.target.form);
    if (other) other.checked = true;
  });

  // Lists: all on a page at once, and a stretch of them with Shift.
  let ticked;
  on('change', event => {
    const name = event.target.dataset?.tickAll;
    if (name) $$(`input[name="${name}"]`, event.target.form).forEach(box => { box.checked = event.target.checked; });
  });
  on('click', event => {
    const box = event.target;
    if (box.type !== 'checkbox' || box.name !== 'id') return;
    const boxes = $$('input[name="id"]', box.form), [from, to] = [boxes.indexOf(ticked), boxes.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) boxes.slice(from, to + 1).forEach(other => { other.checked = box.checked; });
    ticked = box;
  });

  // A lesson is saved while it is written. What cannot be sent stays in this browser until it can; what somebody else
  // saved meanwhile is never written over: pressing Save then shows both texts.
  const draft = $('form[data-autosave]');
  if (draft) {
    const { content, version, csrf_token: token } = draft.elements, told = $('[data-autosave-said]', draft), offer = $('[data-kept]', draft);
    const place = `draft:${draft.dataset.autosave}`, say = what => { told.textContent = told.dataset[what]; };
    const opened = version.value;
    let sent = content.value, busy = false, over = false, timer;
    const keep = () => { try { localStorage.setItem(place, JSON.stringify({ text: content.value, version: version.value })); } catch { /* no room: the form still holds it */ } };
    const forget = () => { try { localStorage.removeItem(place); } catch { /* nothing was kept */ } };
    const later = wait => { clearTimeout(timer); timer = setTimeout(save, wait); };
    const save = async () => {
      if (busy || over || content.value === sent || !offer.hidden) return;
      const text = content.value;
      busy = true; keep(); say('saving');
      try {
        const answer = await fetch(draft.dataset.autosave, { method: 'PATCH', body: JSON.stringify({ content: text }),
          headers: { 'content-type': 'application/json', 'if-match': draft.dataset.tag, 'x-csrf-token': token.value } });
        if (answer.ok) {
          sent = text; version.value = (await answer.json()).version; draft.dataset.tag = answer.headers.get('etag');
          if (content.value === sent) forget();
          say('saved');
        } else if (answer.status === 409 || answer.status === 412) { over = true; say('conflict'); }
        else if (answer.status === 422 || answer.status === 413) { sent = text; say('refused'); }
        else { say('lost'); later(8000); }
      } catch { say('lost'); later(8000); }
      busy = false;
      if (!over && content.value !== sent) later(2500);
    };
    content.addEventListener('input', () => { keep(); later(1500); });
    addEventListener('online', () => later(0));
    draft.addEventListener('submit', () => { over = true; clearTimeout(timer); });
    draft.addEventListener('click', event => {
      if (event.target.closest('[name=kept]')) {
        const kept = JSON.parse(localStorage.getItem(place) || 'null');
        offer.hidden = true;
        if (event.target.closest('[value=take]') && kept) { content.value = kept.text; version.value = kept.version; over = kept.version !== opened; content.focus(); later(0); if (over) say('conflict'); } else forget();
      }
    });
    try {
      const kept = JSON.parse(localStorage.getItem(place) || 'null');
      if (kept && kept.text !== content.value) offer.hidden = false; else forget();
    } catch { forget(); }
  }

  // Forms that ask to be sent once do not send twice.
  on('submit', event => {
    if (event.defaultPrevented || event.target.method !== 'post') return;
    setTimeout(() => $$('button[type=submit]', event.target).forEach(button => { button.disabled = true; button.dataset.sent = ''; }));
  });
  addEventListener('pageshow', event => event.persisted && $$('button[data-sent]').forEach(button => { button.disabled = false; }));
})();
