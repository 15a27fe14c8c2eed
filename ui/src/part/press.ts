// What a mouse does twice. Leaves what a button does to the button.

/** Lets only the first click of a double-click through: where one button takes the place of another (Freigeben,
 *  Zurücknehmen), the second click would undo the first. */
export function first_click(area: HTMLElement): () => void {
  const sift = (event: MouseEvent) => {
    if (event.detail < 2) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  area.addEventListener('click', sift, true);
  return () => area.removeEventListener('click', sift, true);
}
