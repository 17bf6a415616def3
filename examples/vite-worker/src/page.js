// Shows what the worker reports. The page stays responsive, because the worker does all the work.
const worker = new Worker(new URL('./train.worker.js', import.meta.url), { type: 'module' });

worker.onmessage = ({ data: { backend, loss, accuracy, progress } }) => {
  if (backend !== undefined) show('backend', backend);
  if (loss !== undefined) show('loss', loss.toFixed(3));
  if (accuracy !== undefined) show('accuracy', accuracy.toFixed(3));
  if (progress !== undefined) document.querySelector('#progress').value = progress;
};
worker.onerror = ({ message }) => show('backend', message);

function show(id, text) {
  document.querySelector(`#${id}`).textContent = text;
}
