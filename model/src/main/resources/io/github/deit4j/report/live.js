// Keeps a page up to date: takes over what is new of main, and leaves alone what a reader has opened.
(() => {
  'use strict';
  const PERIOD = 2000;
  const live = document.getElementById('live');
  const connection = document.getElementById('connection');
  const isElement = node => node.nodeType === Node.ELEMENT_NODE;
  // All but charts, which are drawn here, and the space between elements.
  const parts = node => [...node.childNodes].filter(
      part => isElement(part) ? !part.classList.contains('chart') : part.nodeValue.trim() !== '');
  const key = node => node.nodeName + (node.querySelector?.(':scope > figcaption')?.textContent ?? '');

  const merge = (old, fresh) => {
    for (const name of old.getAttributeNames()) {
      if (!fresh.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
    }
    for (const {name, value} of fresh.attributes) old.setAttribute(name, value);
    const rest = parts(old);
    for (const wanted of parts(fresh)) {
      if (rest.length === 0) {
        old.append(document.importNode(wanted, true));
      } else if (key(rest[0]) !== key(wanted)) {
        rest[0].before(document.importNode(wanted, true));
      } else {
        const same = rest.shift();
        if (same.isEqualNode(wanted)) continue;
        if (isElement(same)) merge(same, wanted);
        else same.nodeValue = wanted.nodeValue;
      }
    }
    rest.forEach(node => node.remove());
  };

  const say = text => { if (connection.textContent !== text) connection.textContent = text; };
  let tag = null;

  const look = async () => {
    if (document.hidden) {
      document.addEventListener('visibilitychange', look, {once: true});
      return;
    }
    try {
      const response = await fetch('live', {headers: tag ? {'If-None-Match': tag} : {}});
      if (response.status === 200) {
        const main = live.cloneNode(false);
        main.innerHTML = await response.text();
        merge(live, main);
        curves.draw();
        tag = response.headers.get('ETag');
      } else if (response.status !== 304) {
        throw new Error((await response.json()).error);
      }
      say('');
    } catch (e) {
      say('No news: ' + e.message + '. The command that shows this page may have ended; deit watch RUN shows the run again.');
    }
    setTimeout(look, PERIOD);
  };
  setTimeout(look, PERIOD);
})();
