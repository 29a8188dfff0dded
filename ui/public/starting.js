/* global document, addEventListener, location, HTMLScriptElement, HTMLLinkElement */
// What is seen until the panel is there: when one of its files does not arrive, nobody is there to say so but this one.
// App.svelte takes the place away.
let failed = false

function show() {
  const place = document.getElementById('starting')
  if (!failed || !place || place.className === 'failed') return
  place.className = 'failed'
  place.setAttribute('role', 'alert')
  place.querySelector('p').textContent =
    'Hearth could not be loaded. Check the network, then reload. What is stored on this device is safe.'
  const again = document.createElement('button')
  again.textContent = 'Reload'
  again.addEventListener('click', () => location.reload())
  place.append(again)
}

// Of files that do not load only those hear who listen on the way down.
addEventListener(
  'error',
  ({ target }) => {
    failed ||= target instanceof HTMLScriptElement || (target instanceof HTMLLinkElement && target.rel === 'stylesheet')
    show()
  },
  true,
)
addEventListener('DOMContentLoaded', show)
