// One's own bookings stay readable without network, QR included.
navigator.serviceWorker?.register("/sw.js");
