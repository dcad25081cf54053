// What is hard to read on this page, or runs out of it: contrast as WCAG 2 defines it.
(() => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    wrong.push(`page is ${root.scrollWidth} wide in a window of ${root.clientWidth}`);
  }
  const channels = color => color.match(/[\d.]+/g).map(
      (text, i) => color.startsWith('color(srgb') && i < 3 ? 255 * text : Number(text));
  const luminance = color => {
    const [r, g, b] = channels(color).map(
        v => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((channels(color)[3] ?? 1) > 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    if (text === '' || element.closest('script, noscript') || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const light = [luminance(style.color), luminance(background(element))].sort((a, b) => b - a);
    const contrast = (light[0] + 0.05) / (light[1] + 0.05);
    if (contrast < 4.5) wrong.push(`contrast ${contrast.toFixed(2)}: ${text}`);
    if (parseFloat(style.fontSize) < 12) wrong.push(`too small: ${text}`);
  }
  return wrong;
})()
