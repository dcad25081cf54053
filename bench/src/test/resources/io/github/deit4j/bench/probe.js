// Runs in a copy of a report in a frame, looks at it as it is laid out, and writes what is wrong
// into the page around it. The copy's policy forbids every request and tells of each.
const requests = [];
addEventListener('securitypolicyviolation', event => requests.push(event.blockedURI));
addEventListener('load', () => {
  const wrong = requests.map(each => 'request to ' + each);
  const say = (what, element) =>
      wrong.push(what + ': ' + (element.className.baseVal ?? element.className) + ' "'
          + element.textContent.trim().slice(0, 60) + '"');
  document.querySelectorAll('details').forEach(each => { each.open = true; });

  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    wrong.push(`page is ${root.scrollWidth} wide in a window of ${root.clientWidth}`);
  }
  performance.getEntriesByType('resource').forEach(each => wrong.push('request to ' + each.name));

  const visible = element => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  };
  const inside = (inner, outer) =>
      inner.left >= outer.left - 1 && inner.right <= outer.right + 1
          && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;

  document.querySelectorAll('th, td, dt, dd, li, p').forEach(each => {
    if (each.scrollWidth > each.clientWidth + 1) {
      say('text runs out of its box', each);
    }
  });

  // The series of which no pixel has the colour that the legend says.
  const unseen = (figure, canvas) => {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] === 255) colours.add(`rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})`);
    }
    // The first one is the horizontal axis.
    return [...figure.querySelectorAll('.u-series')].slice(1)
        .filter(each => !colours.has(getComputedStyle(each.querySelector('.u-marker')).borderTopColor))
        .map(each => each.textContent);
  };

  const charts = document.querySelectorAll('figure');
  charts.forEach(figure => {
    const marks = figure.querySelectorAll('svg[role=img] .mark, .bar, img[alt]');
    const canvas = figure.querySelector('canvas');
    if (canvas === null && ![...marks].some(visible)) {
      say('chart without a visible mark', figure);
    }
    if (canvas !== null) {
      unseen(figure, canvas).forEach(name => say(`series ${name} is not to be seen`, figure));
    }
    figure.querySelectorAll('svg').forEach(svg => {
      const box = svg.getBoundingClientRect();
      svg.querySelectorAll('path, rect, text').forEach(part => {
        if (!inside(part.getBoundingClientRect(), box)) {
          say('part outside of its chart', part);
        }
      });
    });
  });

  // Contrast as WCAG 2 defines it.
  const channels = color => color.match(/[\d.]+/g).map(
      (text, i) => color.startsWith('color(srgb') && i < 3 ? 255 * text : Number(text));
  const opaque = color => { const c = channels(color); return c.length < 4 || c[3] > 0; };
  const luminance = color => {
    const [r, g, b] = channels(color).map(
        v => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (opaque(color)) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || element.closest('script, style, svg title')) continue;
    const style = getComputedStyle(element);
    const color = element.closest('svg') ? style.fill : style.color;
    const light = [luminance(color), luminance(background(element))].sort((a, b) => b - a);
    texts++;
    const contrast = (light[0] + 0.05) / (light[1] + 0.05);
    if (contrast < 4.5) {
      say(`contrast ${contrast.toFixed(2)}`, element);
    }
    if (parseFloat(style.fontSize) * (element.closest('svg[viewBox]')?.getScreenCTM().a ?? 1) < 9.5) {
      say('text too small to read', element);
    }
  }
  const found = {
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    width: innerWidth,
    charts: charts.length,
    texts,
    wrong
  };
  const bytes = new TextEncoder().encode(JSON.stringify(found));
  const result = parent.document.createElement('pre');
  result.id = 'probe';
  result.textContent = btoa(String.fromCharCode(...bytes));
  parent.document.body.append(result);
});
