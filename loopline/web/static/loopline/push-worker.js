// The one stream of a browser, shared by its pages.
const AGAIN = 15000; // ms until a stream that the server has refused is tried anew
const pages = new Set();
let stream = null;
let address = "";

function open() {
  if (stream || !pages.size || !address) return;
  stream = new EventSource(address, { withCredentials: true }); // it leads to the port of the push process
  stream.onmessage = (event) => {
    const told = JSON.parse(event.data);
    pages.forEach((page) => page.postMessage(told));
  };
  // The browser itself mends a broken line; only a refusal ends the stream.
  stream.onerror = () => {
    if (stream?.readyState !== EventSource.CLOSED) return;
    stream = null;
    setTimeout(open, AGAIN);
  };
}

function close() {
  stream?.close();
  stream = null;
}

onconnect = (event) => {
  const page = event.ports[0];
  page.onmessage = ({ data }) => {
    if (data.open) { pages.add(page); address = data.open; open(); }
    if (data.leave) { pages.delete(page); if (!pages.size) close(); }
    if (data.close) { address = ""; close(); }
  };
};
