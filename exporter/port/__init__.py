"""Who may be connected to our own port, and for how long: the limits that uvicorn does not have.

uvicorn parses and answers requests. Around it stand an accept loop that survives a lack of
descriptors, a protocol with a deadline for each thing that it waits for, and one list of all
connections, from which the least valuable goes when there are too many.
"""

from exporter.port.acceptor import Acceptor
from exporter.port.admission import MOST, Admission, affordable
from exporter.port.connection import ABORT, Connection

__all__ = ["ABORT", "MOST", "Acceptor", "Admission", "Connection", "affordable"]
