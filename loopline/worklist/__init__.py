"""Work for people: tasks with a due time, in the worklist of a unit or of one person.

Owns tasks and who took them. It never knows what a task is about beyond its kind and link.
TM Forum: TaskFlow of ProcessFlow (TMF701).
"""
