// The camera reads the code of a booking where the browser knows how; the field below always works.
const box = document.querySelector("[data-scanner]");

async function look(video, detector, form) {
  const [found] = await detector.detect(video).catch(() => []);
  if (!found) {
    setTimeout(() => look(video, detector, form), 250);
    return;
  }
  video.srcObject.getTracks().forEach((track) => track.stop());
  form.elements.code.value = found.rawValue;
  form.requestSubmit();
}

async function start() {
  const video = box.querySelector("video");
  const form = document.querySelector("main form");
  box.hidden = false;
  try {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    await video.play();
    look(video, detector, form);
  } catch {
    video.hidden = true;
    const said = box.querySelector("[data-said]");
    said.textContent = said.dataset.no;
  }
}

if (box && "BarcodeDetector" in window && navigator.mediaDevices) start();
