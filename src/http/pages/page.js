(function () {
  'use strict';
  var by = function (id) { return document.getElementById(id); };
  var stores = [];
  try { stores = [window.localStorage, window.sessionStorage]; } catch (e) { return; }
  var done = by('done'), form = by('report'), out = by('out'), loaded = Date.now();
  if (done) { stores.forEach(function (it) { it.removeItem('wf:' + done.getAttribute('data-slot')); }); }
  // Whoever signs out leaves nothing to who comes next.
  if (out) {
    out.addEventListener('submit', function () {
      stores.forEach(function (it) {
        Object.keys(it).forEach(function (name) { if (name.indexOf('wf:') === 0) { it.removeItem(name); } });
      });
    });
  }
  if (!form) { return; }
  // What names people stays no longer than the page's own window.
  var store = stores[form.getAttribute('data-keep') ? 0 : 1], key = 'wf:' + form.getAttribute('data-slot');
  var whose = form.getAttribute('data-of'), own = { opened: 1, tried: 1, key: 1 };
  var tried = form.elements.tried, first = '', act = '';
  function each(take) {
    for (var i = 0; i < form.elements.length; i++) {
      var it = form.elements[i];
      if (it.name && it.type !== 'submit' && (it.type !== 'hidden' || own[it.name])) { take(it, it.type === 'radio' || it.type === 'checkbox'); }
    }
  }
  function save() {
    var kept = { at: Date.now(), of: whose, is: {} };
    each(function (it, picked) { if (picked ? it.checked : it.value) { kept.is[it.name] = it.value; } });
    if (first && !kept.is.tried) { kept.is.tried = first; }
    try { store.setItem(key, JSON.stringify(kept)); } catch (e) { return; }
  }
  function sum() {
    var out = by('sum'), all = 0, any = false;
    if (!out) { return; }
    each(function (it) { if (it.hasAttribute('data-sum') && /^\d+$/.test(it.value)) { all += +it.value; any = true; } });
    out.textContent = any ? all : '—';
  }
  function unasked() {
    var out = by('unasked'), asked = by('asked'), total = by('total');
    if (!out) { return; }
    var left = /^\d+$/.test(asked.value) && /^\d+$/.test(total.value) ? total.value - asked.value : 0;
    out.firstElementChild.textContent = left;
    out.className = left > 0 ? 'hint' : 'hint none';
  }
  var kept = null;
  try { kept = JSON.parse(store.getItem(key)); } catch (e) { kept = null; }
  // Somebody else's, on a telephone that is passed on.
  if (kept && kept.of !== whose) { store.removeItem(key); kept = null; }
  if (kept && form.getAttribute('data-fresh') && Date.now() - kept.at < 864e5) {
    each(function (it, picked) {
      var value = kept.is[it.name];
      if (picked) { it.checked = value === it.value; } else if (value !== undefined) { it.value = value; }
    });
    by('draft').className = 'note';
  }
  sum();
  unasked();
  form.addEventListener('input', function () { save(); sum(); unasked(); });
  form.addEventListener('change', save);
  form.addEventListener('click', function (e) { if (e.target.name === 'act') { act = e.target.value; } });
  form.addEventListener('submit', function () {
    // The first try goes with the next one, where this comes to nothing.
    if (!tried.value) { tried.value = first; }
    if (act === 'file' && !first) { first = new Date(+form.getAttribute('data-now') + Date.now() - loaded).toISOString(); }
    save();
    by('sending').className = 'note';
  });
}());
