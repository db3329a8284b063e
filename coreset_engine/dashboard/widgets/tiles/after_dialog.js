// Gives the focus back when the dialog that a component opened is closed; Streamlit does so only for parts of its own.
// `find` returns the element that was pressed, which may have been drawn anew meanwhile.
let observer;
function afterDialog(find) {
  observer?.disconnect();
  let seen = false;
  const watching = new MutationObserver(() => {
    const open = document.querySelector("[role=dialog]") !== null;
    if (seen && !open) {
      watching.disconnect();
      if (document.activeElement === document.body) find()?.focus({ preventScroll: true });
    }
    seen = open;
  });
  observer = watching;
  watching.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => seen || watching.disconnect(), 20000);
}

