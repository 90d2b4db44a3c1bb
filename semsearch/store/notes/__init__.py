"""Values stored as notes of the record: tags, tuned settings, watched questions and others."""
