/** A ref that puts the cursor into a field that the reader has just asked for. */
export function focusOnMount(element: HTMLElement | null): void {
  element?.focus();
}
