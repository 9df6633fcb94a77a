"""The door of this module for other modules."""

from loopline.desk.actions import AppointmentInput, cancel_appointment, make_appointment, move_appointment
from loopline.desk.models import Appointment
from loopline.desk.queries import entries

__all__ = [
    "Appointment",
    "AppointmentInput",
    "cancel_appointment",
    "entries",
    "make_appointment",
    "move_appointment",
]
