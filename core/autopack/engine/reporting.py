from autopack.engine.work import Work
def write_report(work): pass
def write_handoff(work, phase): return work.doors.people_folder
